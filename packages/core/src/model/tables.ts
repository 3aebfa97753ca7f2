import type { RoutingRule } from '../facts/network.ts'
import type { Family } from '../net/address.ts'

const NAMES: ReadonlyMap<string, string> = new Map([
  ['255', 'local'],
  ['254', 'main'],
  ['253', 'default'],
  ['unspec', 'main'],
  ['0', 'main'],
])

/** One name for a table whether ip(8) printed its name or its number (/etc/iproute2/rt_tables). */
export const normaliseTable = (table: string): string => NAMES.get(table) ?? table

/** The rules that a kernel starts with: net/ipv4/fib_rules.c fib_default_rules_init, net/ipv6/fib6_rules.c. */
export function defaultRules(family: Family): readonly RoutingRule[] {
  const rules: [number, string][] = [
    [0, 'local'],
    [32766, 'main'],
  ]
  if (family === 'ip') rules.push([32767, 'default'])
  return rules.map(([priority, table]) => ({
    family,
    priority,
    inverted: false,
    from: undefined,
    to: undefined,
    iif: undefined,
    oif: undefined,
    mark: undefined,
    tos: undefined,
    protocol: undefined,
    sourcePorts: undefined,
    destinationPorts: undefined,
    uids: undefined,
    l3mdev: false,
    action: { kind: 'lookup', table, suppressPrefixLength: undefined, suppressGroup: undefined },
    text: `${priority}: from all lookup ${table}`,
    source: { file: '', line: 0 },
  }))
}

/** Is this one of the rules that every namespace starts with? */
export function isDefaultRule(rule: RoutingRule): boolean {
  return defaultRules(rule.family).some((other) => other.priority === rule.priority) && rule.action.kind === 'lookup' && selectsAll(rule)
}

function selectsAll(rule: RoutingRule): boolean {
  return (
    !rule.from && !rule.to && rule.iif === undefined && rule.oif === undefined && !rule.mark && !rule.tos && rule.protocol === undefined
  )
}
