import type { NextHop, Route, RoutingRule } from '../facts/network.ts'
import type { Address, Family } from '../net/address.ts'
import { contains } from '../net/prefix.ts'
import { isLinkLocal } from '../net/special.ts'
import { PrefixTable } from '../net/trie.ts'
import { defaultRules, isDefaultRule, normaliseTable } from './tables.ts'

/** A flow as the routing tables are asked for it (struct flowi4 / flowi6). */
export interface FlowKey {
  readonly src: Address | undefined
  readonly dst: Address
  /** Interface that it came in by; `lo` for what the host itself sends (LOOPBACK_IFINDEX). */
  readonly iif: string
  /** Interface that a socket is bound to, or that the look-up demands. */
  readonly oif?: string | undefined
  /** RT6_LOOKUP_F_IFACE: only routes by `oif` count; without it IPv6 prefers them. */
  readonly strict?: boolean | undefined
  readonly mark: number
  readonly tos: number
  /** 0: not given (ip_route_me_harder does not give it). */
  readonly protocol: number
  readonly sport: number
  readonly dport: number
  readonly uid?: number | undefined
}

/** What a look-up found: a route, a rule or route that refuses, or nothing. */
export type FibResult =
  | { readonly kind: 'route'; readonly route: Route; readonly nextHops: readonly NextHop[]; readonly rule: RoutingRule }
  | {
      readonly kind: 'refused'
      readonly type: 'blackhole' | 'unreachable' | 'prohibit'
      readonly route: Route | undefined
      readonly rule: RoutingRule
    }
  | { readonly kind: 'none' }
  /** The evidence does not tell: routes that were not captured, a rule that is not understood. */
  | { readonly kind: 'unknown'; readonly why: string; readonly evidence: string }

const NONE: FibResult = { kind: 'none' }
const doubt = (why: string): FibResult => ({ kind: 'unknown', why, evidence: '' })
const unseen = ({ text }: RoutingRule): FibResult => ({
  kind: 'unknown',
  why: `the routes of the table that rule "${text}" asks were not captured`,
  evidence: 'ip-route.json',
})
const KERNELS_OWN: ReadonlySet<string> = new Set(['local', 'main', 'default'])
const NAMES = { ip: 'IPv4', ip6: 'IPv6' } as const
/** fib_props[RTN_THROW].error is -EAGAIN: the look-up goes on with the next rule. */
type TableResult = FibResult | 'next-rule'

/** The routing policy of one family in one namespace: rules by priority, tables by longest prefix. */
export class Fib {
  readonly family: Family
  readonly rules: readonly RoutingRule[]
  readonly routes: readonly Route[]
  /** net->ipv4.fib_has_custom_rules: any rule that a new namespace does not have. */
  readonly hasCustomRules: boolean
  readonly #tables = new Map<string, PrefixTable<Route>>()
  readonly #nothing: FibResult
  readonly #complete: boolean

  /**
   * @param captured the evidence shows the routes of this family; else no answer is not the same as no route
   * @param complete it shows those of all tables; else a table of which nothing is shown is not the same as an empty one
   */
  constructor(family: Family, routes: readonly Route[], rules: readonly RoutingRule[], captured = true, complete = true) {
    this.family = family
    this.#complete = complete
    this.#nothing = captured ? NONE : { kind: 'unknown', why: `the ${NAMES[family]} routes were not captured`, evidence: 'ip-route.json' }
    this.routes = routes.filter((route) => route.family === family)
    const own = rules.filter((rule) => rule.family === family)
    this.rules = own.length ? own.sort((a, b) => a.priority - b.priority) : defaultRules(family)
    this.hasCustomRules = !this.rules.every(isDefaultRule)
    for (const route of inKernelOrder(routes)) if (route.family === family) this.#table(route.table).add(route.destination, route)
  }

  #table(name: string): PrefixTable<Route> {
    const key = normaliseTable(name)
    let table = this.#tables.get(key)
    if (!table) {
      table = new PrefixTable()
      this.#tables.set(key, table)
    }
    return table
  }

  hasTable(name: string): boolean {
    return this.#tables.has(normaliseTable(name))
  }

  /** fib_rules_lookup(): the first rule that matches and whose table has an answer. */
  lookup(flow: FlowKey): FibResult {
    for (let at = 0; at < this.rules.length; at++) {
      const rule = this.rules[at] as RoutingRule
      const { action, opaque } = rule
      const selects = ruleSelects(rule, flow)
      const doubtful = opaque !== undefined && selects
      if ((selects === rule.inverted && !doubtful) || action.kind === 'nop') continue
      if (doubtful && !this.#isEmptyFor(rule, flow)) return doubt(`"${opaque.join(' ')}" of rule "${rule.text}" is not understood`)
      if (action.kind === 'goto') {
        const target = this.rules.findIndex((other) => other.priority >= action.priority)
        // A goto whose target is not there is unresolved, and skipped.
        if (target > at && this.rules[target]?.priority === action.priority) at = target - 1
        continue
      }
      if (action.kind !== 'lookup') return { kind: 'refused', type: action.kind, route: undefined, rule }
      const found = this.#isUnseen(action.table) ? unseen(rule) : this.lookupTable(action.table, flow, rule)
      if (found !== 'next-rule') return found
    }
    return this.#nothing
  }

  /** `ip route` shows main alone, and nobody adds to `default`. */
  #isUnseen(table: string): boolean {
    return !this.#complete && !this.hasTable(table) && !KERNELS_OWN.has(normaliseTable(table))
  }

  /** Whether the rule selects the flow does not matter where its table has nothing to say. */
  #isEmptyFor(rule: RoutingRule, flow: FlowKey): boolean {
    return rule.action.kind === 'lookup' && this.lookupTable(rule.action.table, flow, rule) === 'next-rule'
  }

  /** fib_table_lookup(), and fib4_rule_suppress() for the rule that led here. */
  lookupTable(name: string, flow: FlowKey, rule: RoutingRule): TableResult {
    const suppress = rule.action.kind === 'lookup' ? rule.action.suppressPrefixLength : undefined
    const table = this.#tables.get(normaliseTable(name))
    const found = table?.find<TableResult>(flow.dst, (routes, length) => {
      let spare: TableResult | undefined
      for (const route of routes) {
        if (route.tos !== 0 && route.tos !== (flow.tos & 0xfc)) continue
        if (route.from && (flow.src === undefined || !contains(route.from, flow.src))) continue
        if (flow.strict && !route.nextHops.some((hop) => hop.device === flow.oif)) continue
        const refused = refusalBy(route, rule)
        if (refused) {
          if (this.family === 'ip' || flow.oif === undefined) return refused
          spare ??= refused
          continue
        }
        const alive = route.nextHops.some(isDead) ? route.nextHops.filter((hop) => !isDead(hop)) : route.nextHops
        const nextHops = flow.oif === undefined ? alive : alive.filter((hop) => hop.device === flow.oif)
        if (!nextHops.length) {
          spare ??= alive.length ? { kind: 'route', route, nextHops: alive, rule } : undefined
          continue
        }
        if (suppress !== undefined && length <= suppress) return 'next-rule'
        if (rule.action.kind === 'lookup' && rule.action.suppressGroup !== undefined)
          return doubt(`suppress_ifgroup of rule "${rule.text}" is not followed`)
        return { kind: 'route', route, nextHops: this.family === 'ip6' ? withSiblings(route, routes, nextHops) : nextHops, rule }
      }
      // rt6_device_match(): IPv6 prefers the device that was asked for among the routes of the longest prefix, and does not look further.
      return this.family === 'ip6' && !flow.strict && !isLinkLocal(flow.dst) ? spare : undefined
    })
    return found ?? 'next-rule'
  }
}

/** fib_props[].error of a route that leads nowhere. */
function refusalBy(route: Route, rule: RoutingRule): TableResult | undefined {
  const { type } = route
  if (type === 'throw') return 'next-rule'
  return type === 'blackhole' || type === 'unreachable' || type === 'prohibit' ? { kind: 'refused', type, route, rule } : undefined
}

/** fib_find_alias(): the higher TOS first, then the smaller metric, then the order in which they were added. */
function inKernelOrder(routes: readonly Route[]): readonly Route[] {
  return [...routes].sort((a, b) => b.tos - a.tos || a.metric - b.metric)
}

const isDead = (hop: NextHop): boolean => hop.flags.includes('dead')

/** IPv6 lists the members of a multipath route as routes of their own, alike but for the gateway (rt6_qualify_for_ecmp). */
function withSiblings(route: Route, routes: readonly Route[], own: readonly NextHop[]): readonly NextHop[] {
  if (routes.length === 1 || own[0]?.via === undefined) return own
  const siblings = routes.filter(
    (other) => other !== route && other.metric === route.metric && other.type === route.type && other.nextHops[0]?.via !== undefined,
  )
  return siblings.length ? [...own, ...siblings.flatMap((sibling) => sibling.nextHops)] : own
}

/** fib_rule_match() and fib4_rule_match() / fib6_rule_match(). */
function ruleSelects(rule: RoutingRule, flow: FlowKey): boolean {
  if (rule.iif !== undefined && rule.iif !== flow.iif) return false
  if (rule.oif !== undefined && rule.oif !== flow.oif) return false
  if (rule.mark && ((rule.mark.value ^ flow.mark) & rule.mark.mask) !== 0) return false
  if (rule.uids && (flow.uid === undefined || flow.uid < rule.uids.first || flow.uid > rule.uids.last)) return false
  if (rule.from && rule.from.length > 0 && !contains(rule.from, flow.src ?? anyAddress(flow.dst))) return false
  if (rule.to && !contains(rule.to, flow.dst)) return false
  if (rule.tos !== undefined && rule.tos !== 0 && rule.tos !== (flow.tos & 0xfc)) return false
  if (rule.protocol !== undefined && rule.protocol !== flow.protocol) return false
  if (rule.sourcePorts && (flow.sport < rule.sourcePorts.first || flow.sport > rule.sourcePorts.last)) return false
  if (rule.destinationPorts && (flow.dport < rule.destinationPorts.first || flow.dport > rule.destinationPorts.last)) return false
  // No evidence tells of VRF devices' tables; such a rule selects nothing that is not enslaved.
  return !rule.l3mdev
}

/** INADDR_ANY of the same family: what an output look-up asks with before a source is chosen. */
const anyAddress = (like: Address): Address => (typeof like === 'number' ? 0 : 0n)
