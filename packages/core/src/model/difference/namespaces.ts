import type { Document } from '../../intake/document.ts'
import type { EvidenceKind, Namespace } from '../namespace.ts'
import { addressItems, fdbItems, linkItems, neighbourItems } from './devices.ts'
import type { Spot } from './difference.ts'
import type { Findings } from './findings.ts'
import { compareItems, type Item } from './items.ts'
import { ipvsItems, socketItems, sysctlItems, wireguardItems } from './kernel.ts'
import { routeItems, routingRuleItems } from './routing.ts'
import { compareTables } from './rules.ts'
import { ipsetItems, nftItems } from './sets.ts'
import { isOfIptables, nativeTables, programsOf } from './tables.ts'

type Kind = Document['content']['kind']
/** What a snapshot's documents tell of a namespace's lists. */
export interface Completeness {
  /** This list was cut when it was collected: what it does not show may be there. */
  isCut(side: 'before' | 'after', kind: Kind): boolean
  /** Every routing table was captured (`ip route show table all`): one that is not there has no routes. */
  hasAllRoutes(side: 'before' | 'after'): boolean
}

/** Lists that a snapshot has whole or not at all. */
const LISTS: readonly {
  readonly part: string
  readonly kind: Kind
  readonly shown: readonly EvidenceKind[]
  readonly items: (namespace: Namespace) => readonly Item[]
}[] = [
  { part: 'links', kind: 'ip-link', shown: ['ip-link', 'ip-addr'], items: linkItems },
  { part: 'addresses', kind: 'ip-addr', shown: ['ip-addr'], items: addressItems },
  { part: 'neighbours', kind: 'ip-neigh', shown: ['ip-neigh'], items: neighbourItems },
  { part: 'forwarding entries', kind: 'bridge-fdb', shown: ['bridge-fdb'], items: fdbItems },
  { part: 'ipsets', kind: 'ipset', shown: ['ipset-save'], items: ({ ipsets }) => ipsetItems(ipsets) },
  { part: 'sysctl', kind: 'sysctl', shown: ['sysctl'], items: sysctlItems },
  { part: 'sockets', kind: 'ss', shown: ['ss'], items: socketItems },
  { part: 'virtual services', kind: 'ipvs', shown: ['ipvsadm'], items: ipvsItems },
  { part: 'WireGuard peers', kind: 'wireguard', shown: ['wireguard'], items: wireguardItems },
]

/** What one namespace has otherwise. */
export function compareNamespaces(findings: Findings, spot: Spot, before: Namespace, after: Namespace, whole: Completeness): void {
  compareRulesets(findings, spot, before, after)
  compareRouting(findings, spot, before, after, whole)
  for (const { part, kind, shown, items } of LISTS) {
    const [was, is] = [shown.some((one) => before.evidence.has(one)), shown.some((one) => after.evidence.has(one))]
    if (was !== is && items(was ? before : after).length > 0) findings.missing(spot, part, was ? 'after' : 'before')
    if (!was || !is) continue
    const cut = { before: whole.isCut('before', kind), after: whole.isCut('after', kind) }
    for (const side of ['before', 'after'] as const) if (cut[side]) findings.missing(spot, `the rest of the ${part}`, side)
    const all = compareItems(spot, items(before), items(after))
    findings.add(all.filter(({ change }) => !(change === 'removed' && cut.after) && !(change === 'added' && cut.before)))
  }
}

function compareRulesets(findings: Findings, spot: Spot, before: Namespace, after: Namespace): void {
  const [old, now] = [programsOf(before), programsOf(after)]
  for (const program of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(program), now.get(program)]
    if (!was || !is) {
      if ([...(was ?? is ?? [])].length > 0)
        findings.missing(spot, program === 'nft' ? 'nftables' : `${program} rules`, was ? 'after' : 'before')
      continue
    }
    if (program === 'nft') findings.add(compareItems(spot, setItems(before), setItems(after)))
    const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => comparable(program, name, was.has(name) && is.has(name)))
    for (const name of names) findings.add(compareTables(spot, was.get(name), is.get(name)))
    if (names.length === 0) findings.add([])
  }
}

/** A table of iptables-nft that nft alone shows on one side is shown by iptables-save on the other: the two views do not compare. */
const comparable = (program: string, name: string, both: boolean): boolean => program !== 'nft' || both || !isOfIptables(name)

const setItems = ({ nft, iptables }: Namespace): readonly Item[] =>
  nft.flatMap((ruleset) =>
    nativeTables(ruleset, iptables)
      .filter(({ family, name }) => !isOfIptables(`${family} ${name}`))
      .flatMap((table) => nftItems(table, ruleset.file)),
  )

function compareRouting(findings: Findings, spot: Spot, before: Namespace, after: Namespace, whole: Completeness): void {
  const [shownBefore, shownAfter] = [before.evidence.has('ip-route'), after.evidence.has('ip-route')]
  if (shownBefore !== shownAfter) findings.missing(spot, 'routes', shownBefore ? 'after' : 'before')
  if (shownBefore && shownAfter) {
    const [old, now] = [routeItems(before), routeItems(after)]
    for (const table of new Set(['ip main', ...old.keys(), ...now.keys()])) {
      // `ip route` shows the table main of IPv4 alone: another that only one side shows may not have been asked for.
      const isTold = (side: 'before' | 'after', tables: typeof old): boolean =>
        whole.hasAllRoutes(side) || table === 'ip main' || tables.has(table)
      const [was, is] = [isTold('before', old), isTold('after', now)]
      if (was && is) findings.add(compareItems(spot, old.get(table) ?? [], now.get(table) ?? []))
      else findings.missing(spot, `routes of table ${table}`, was ? 'after' : 'before')
    }
  }
  const [old, now] = [routingRuleItems(before), routingRuleItems(after)]
  for (const family of ['ip', 'ip6'] as const) {
    const [was, is] = [old.get(family), now.get(family)]
    if (was && is) findings.add(compareItems(spot, was, is))
    else if (was || is) findings.missing(spot, family === 'ip' ? 'routing rules' : 'IPv6 routing rules', was ? 'after' : 'before')
  }
}
