import type { Route, RoutingRule } from '../../facts/network.ts'
import type { Namespace } from '../../model/namespace.ts'
import { normaliseTable } from '../../model/tables.ts'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { formatPrefix } from '../../net/prefix.ts'
import { isRouteType, prefixOf } from '../../parse/ip/route-words.ts'
import { type Inverse, none, undo } from '../inverse.ts'
import type { Operation, RouteOperation } from '../operation.ts'
import { after, ipArgv, routeArgv } from '../operations/ip.ts'

export function inverseOfRoute(op: RouteOperation, namespace: Namespace | undefined): Inverse {
  switch (op.action) {
    case 'add':
    case 'append':
      return undo(routeArgv({ ...op, action: 'delete' }))
    case 'delete': {
      const [route] = routesMeant(op, namespace)
      return route ? undo(routeArgv({ ...op, action: 'add', words: routeWords(route) })) : none('the evidence has no such route')
    }
    case 'replace': {
      const replaced = routesMeant({ ...op, words: sameSlot(op.words) }, namespace)[0]
      return undo(replaced ? routeArgv({ ...op, words: routeWords(replaced) }) : routeArgv({ ...op, action: 'delete' }))
    }
  }
}

/** `ip route replace` replaces the route of the same destination, table, TOS and metric, wherever that goes (NLM_F_REPLACE). */
function sameSlot(words: readonly string[]): readonly string[] {
  const keys = ['table', 'metric', 'tos', 'dsfield', 'priority', 'preference']
  const kept = keys.flatMap((key) => (words.includes(key) ? [key, after(words, key) as string] : []))
  return [...(isRouteType(words[0]) ? [words[1] as string] : words.slice(0, 1)), ...kept]
}

/** The routes in the evidence that the words of a deletion fit, the first as the kernel takes it. */
export function routesMeant({ family, words }: RouteOperation, namespace: Namespace | undefined): readonly Route[] {
  const type = isRouteType(words[0]) ? words[0] : undefined
  const bare = type ? words.slice(1) : words
  const destination = prefixOf(bare[0] ?? '', family)
  if (!destination) return []
  const value = (...keys: readonly string[]): string | undefined => keys.map((key) => after(bare, key)).find((found) => found !== undefined)
  const [via, device, protocol] = [parseAddress(value('via') ?? ''), value('dev'), value('proto', 'protocol')]
  const metric = value('metric', 'priority', 'preference')
  return (namespace?.fib[family].routes ?? []).filter(
    (route) =>
      formatPrefix(route.destination) === formatPrefix(destination) &&
      normaliseTable(route.table) === normaliseTable(value('table') ?? 'main') &&
      (type === undefined || route.type === type) &&
      (metric === undefined || route.metric === Number(metric)) &&
      (protocol === undefined || route.protocol === protocol) &&
      (via === undefined || route.nextHops.some((hop) => hop.via === via)) &&
      (device === undefined || route.nextHops.some((hop) => hop.device === device)) &&
      route.source.line > 0,
  )
}

/** What ip(8) prints about a route and does not take, with how many words follow. */
const SHOWN_ONLY: Readonly<Record<string, number>> = {
  linkdown: 0,
  dead: 0,
  offload: 0,
  trap: 0,
  rt_offload: 0,
  offload_failed: 0,
  notify: 0,
  error: 1,
  expires: 1,
}

/** The words that make the route again as it was. */
export function routeWords(route: Route): readonly string[] {
  const words = route.text.trim().split(/\s+/)
  const out: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const skip = Object.hasOwn(SHOWN_ONLY, word) ? SHOWN_ONLY[word] : undefined
    if (skip !== undefined) i += skip
    else out.push(word)
  }
  if (out.includes('table') || normaliseTable(route.table) === 'main') return out
  const hops = out.indexOf('nexthop')
  return out.toSpliced(hops < 0 ? out.length : hops, 0, 'table', route.table)
}

export function inverseOfRoutingRule(op: Extract<Operation, { readonly kind: 'routing-rule' }>, namespace: Namespace | undefined): Inverse {
  if (op.action === 'add') return undo(ipArgv({ ...op, action: 'delete' }))
  const rule = routingRuleMeant(op, namespace)
  return rule ? undo(ipArgv({ ...op, action: 'add', words: ruleWords(rule) })) : none('the evidence has no such routing rule')
}

export function routingRuleMeant(
  op: Extract<Operation, { readonly kind: 'routing-rule' }>,
  namespace: Namespace | undefined,
): RoutingRule | undefined {
  const priority = ['pref', 'priority', 'preference', 'order'].map((key) => after(op.words, key)).find((found) => found !== undefined)
  const table = after(op.words, 'lookup') ?? after(op.words, 'table')
  const [from, to, mark] = [after(op.words, 'from'), after(op.words, 'to'), after(op.words, 'fwmark')]
  return namespace?.fib[op.family].rules.find(
    (rule) =>
      rule.source.line > 0 &&
      (priority === undefined || rule.priority === Number(priority)) &&
      (table === undefined || (rule.action.kind === 'lookup' && normaliseTable(rule.action.table) === normaliseTable(table))) &&
      (from === undefined || prefixText(rule.from) === bareHost(from)) &&
      (to === undefined || prefixText(rule.to) === bareHost(to)) &&
      (mark === undefined || rule.mark?.value === Number(mark.split('/')[0])),
  )
}

const prefixText = (prefix: RoutingRule['from']): string => (prefix ? bareHost(formatPrefix(prefix)) : 'all')
const bareHost = (text: string): string => {
  const [address = '', length] = text.split('/')
  const parsed = parseAddress(address)
  return parsed === undefined
    ? text
    : `${formatAddress(parsed)}${length === undefined || length === (typeof parsed === 'number' ? '32' : '128') ? '' : `/${length}`}`
}

/** `5270: from all lookup 52` → `pref 5270 from all lookup 52`; what is shown in brackets (`[detached]`) is no part of it. */
export const ruleWords = (rule: RoutingRule): readonly string[] => [
  'pref',
  String(rule.priority),
  ...rule.text
    .replace(/^\s*\S+:\s*/, '')
    .trim()
    .split(/\s+/)
    .filter((word) => !word.startsWith('[')),
]
