import { formatAddress } from '../../../net/address.ts'
import type { PacketsSeen, SeenAt } from '../observation.ts'
import { type Captured, sourceOf } from './captured.ts'
import { endsOf } from './ends.ts'
import { type Exchange, type Pass, rootOf } from './exchange.ts'
import { isSure } from './flow-table.ts'
import { placesText } from './observe.ts'
import { flowOf, flowText, type Sight, seenAt } from './sight.ts'
import { openingOf } from './tcp.ts'

/** A packet in one of the captures. */
interface Found {
  readonly captured: Captured
  readonly exchange: Exchange
  readonly pass: Pass
}

const LIMIT = 60

/**
 * Joins captures of several hosts, namespaces or interfaces by the packets that are in more than one, and tells of packets that left one
 * captured host for another and are not in that one's capture. Clocks of hosts differ: the order is the one that times to live tell.
 */
export function observeBetween(captures: readonly Captured[]): readonly PacketsSeen[] {
  if (captures.length < 2) return []
  const byKey = new Map<string, Found[]>()
  for (const captured of captures)
    for (const exchange of captured.flows.exchanges())
      for (const pass of exchange.kept)
        if (pass.forward && isSure(pass)) byKey.set(pass.key, [...(byKey.get(pass.key) ?? []), { captured, exchange, pass }])
  const joined = new Set<Exchange>()
  const ways: PacketsSeen[] = []
  for (const found of byKey.values()) {
    const apart = found.filter((one, i) => found.findIndex((other) => other.captured === one.captured) === i)
    if (apart.length < 2 || !isOnePacket(apart)) continue
    const fresh = apart.every(({ exchange }) => !joined.has(rootOf(exchange)))
    for (const { exchange } of apart) joined.add(rootOf(exchange))
    if (fresh && ways.length < LIMIT) ways.push(wayOf(apart))
  }
  return [...ways, ...lostBetween(captures, joined)]
}

/** Captures that saw the same packet share an address of it, whatever was translated between them. */
function isOnePacket(found: readonly Found[]): boolean {
  const [first, ...rest] = found.map(({ pass }) => pass.sights.map(({ ip }) => ip))
  const shared = (a: Sight['ip'], b: Sight['ip']): boolean => a.src === b.src || a.dst === b.dst
  return rest.every((ips) => ips.some((ip) => first?.some((other) => shared(ip, other)) === true))
}

function inOrder(found: readonly Found[]): readonly Found[] {
  const ttl = ({ pass }: Found): number => pass.sights[0]?.ip.ttl ?? 0
  const start = ({ pass }: Found): number => pass.sights[0]?.time ?? 0
  // an equal time to live: in the tunnel it had left the first one already
  const tunnelled = ({ pass }: Found): number => (pass.sights[0]?.tunnel ? 1 : 0)
  return found.toSorted((a, b) => ttl(b) - ttl(a) || tunnelled(a) - tunnelled(b) || start(a) - start(b))
}

function wayOf(found: readonly Found[]): PacketsSeen {
  const ordered = inOrder(found)
  const first = ordered[0] as Found
  const last = ordered.at(-1) as Found
  const interfaces = ordered.flatMap(({ captured, pass }) => pass.sights.map((sight) => placed(sight, captured)))
  const unanswered = last.exchange.backward.passes === 0
  const ends = unanswered
    ? endsOf(
        last.exchange.kept.filter(({ forward }) => forward),
        last.captured,
      )
    : undefined
  const opened = first.pass.sights[0] as Sight
  const end = ends === 'here' ? `, and there it ends${last.captured.vantage.host ? ` on ${last.captured.vantage.host}` : ''}` : ''
  return {
    ...baseOf(first.captured, opened),
    text: `${flowText(flowOf(opened.ip))}: ${placesText(interfaces)}${end}`,
    interfaces,
    ...(ends && { ends }),
  }
}

const baseOf = (captured: Captured, opened: Sight) => ({
  kind: 'packet' as const,
  sighting: 'way' as const,
  source: sourceOf(captured, opened.number),
  flow: flowOf(opened.ip),
  host: captured.vantage.host,
  netns: captured.vantage.netns,
})

const placed = (sight: Sight, { vantage }: Captured): SeenAt => ({ ...seenAt(sight), host: vantage.host, netns: vantage.netns })

/** Left for an address of a host that captured all of its interfaces at that time, and did not see it. */
function lostBetween(captures: readonly Captured[], joined: ReadonlySet<Exchange>): readonly PacketsSeen[] {
  const out: PacketsSeen[] = []
  for (const captured of captures) {
    for (const exchange of captured.flows.exchanges()) {
      const opened = openingOf(exchange)
      const left = exchange.kept.find(({ forward, sights }) => forward && sights.at(-1)?.direction === 'out')?.sights
      const last = left?.at(-1)
      if (!opened || !last || !left || exchange.backward.passes > 0 || joined.has(exchange) || out.length >= LIMIT) continue
      const target = last.tunnel?.dst ?? last.ip.dst
      const other = captures.find(
        (one) =>
          one !== captured &&
          one.any &&
          one.unfiltered &&
          target !== undefined &&
          one.vantage.addresses?.has(target) === true &&
          captured.vantage.addresses?.has(target) !== true &&
          covers(one, last.time),
      )
      if (!other || target === undefined) continue
      const interfaces = left.map((sight) => placed(sight, captured))
      const text = `${flowText(flowOf(opened.ip))}: ${placesText(interfaces)}, for ${formatAddress(target)}, and ${other.vantage.host ?? other.file} never sees it: lost between the two`
      out.push({ ...baseOf(captured, opened), text, interfaces, ends: 'beyond' })
    }
  }
  return out
}

/** With some room for clocks that differ. */
const covers = ({ first, last }: Captured, time: number | undefined): boolean =>
  time !== undefined && first !== undefined && last !== undefined && first - 0.5 <= time && time <= last + 0.5
