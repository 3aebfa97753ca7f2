import type { Family } from '../../net/address.ts'
import { protocolName } from '../../net/protocol.ts'
import type { Chain, Header, IptablesRuleset, Rule, Table } from '../../netfilter/iptables/ast.ts'
import { formatInterface, formatMasked } from '../../netfilter/iptables/header.ts'
import { printMatch } from '../../netfilter/iptables/matches/registry.ts'
import { printTarget } from '../../netfilter/iptables/targets/registry.ts'
import type { TablePieces } from './pieces.ts'

/** Priorities of the tables' base chains (enum nf_ip_hook_priorities). nat's depends on the hook: translation of the destination, then of the source. */
const PRIORITY: Readonly<Record<string, number>> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 }
const SOURCE_NAT = 100
const BUILT_IN: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])

export function* iptablesTables(ruleset: IptablesRuleset): Generator<TablePieces> {
  for (const table of ruleset.tables) yield { head: { family: ruleset.family, name: table.name }, chains: chains(table, ruleset.family) }
}

function* chains(table: Table, family: Family): Generator<unknown> {
  for (const chain of table.chains.values()) yield chainJson(chain, table.name, family)
}

function chainJson(chain: Chain, table: string, family: Family): unknown {
  const hook = BUILT_IN.has(chain.name) ? chain.name.toLowerCase() : undefined
  const late = table === 'nat' && (hook === 'input' || hook === 'postrouting')
  return {
    name: chain.name,
    hook,
    priority: hook && (late ? SOURCE_NAT : PRIORITY[table]),
    policy: chain.policy,
    rules: chain.rules.map((rule) => ruleJson(rule, family)),
  }
}

function ruleJson(rule: Rule, family: Family): unknown {
  return {
    text: rule.text,
    counters: rule.counters,
    matches: [...headerJson(rule.header), ...rule.matches.map((match) => ({ ...match, text: printMatch(match, family) }))],
    target: rule.target && { ...rule.target, text: printTarget(rule.target, family) },
    opaque: rule.opaque,
    hidden: rule.hidden,
    line: rule.line,
  }
}

/** The conditions that need no module, in the order in which iptables-save prints them. */
function headerJson({ source, destination, iif, oif, protocol, fragment }: Header): unknown[] {
  return [
    source && { kind: 'source', negated: source.negated, value: formatMasked(source.address, source.mask) },
    destination && { kind: 'destination', negated: destination.negated, value: formatMasked(destination.address, destination.mask) },
    iif && { kind: 'in-interface', negated: iif.negated, value: formatInterface(iif) },
    oif && { kind: 'out-interface', negated: oif.negated, value: formatInterface(oif) },
    protocol && { kind: 'protocol', negated: protocol.negated, value: protocolName(protocol.protocol) },
    fragment && { kind: 'fragment', negated: fragment.negated },
  ].filter((match) => match !== undefined)
}
