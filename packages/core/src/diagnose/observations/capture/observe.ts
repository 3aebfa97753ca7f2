import type { PacketsSeen, SeenAt, SeenFlow } from '../observation.ts'
import { type Captured, sourceOf } from './captured.ts'
import type { Pass } from './exchange.ts'
import type { Finding } from './finding.ts'
import { sentenceOf } from './sentence.ts'
import { flowText, type Sight, seenAt } from './sight.ts'
import { askedFlow, openingOf } from './tcp.ts'

/** Who asked whom and what came of it: a hundred attempts of a client that tries again are one observation. */
const LIMITS = { failing: 100, answered: 40 }

/** Observations of the conversations of one capture. Failures first, each kind in the order of its first packet. */
export function observeFlows(findings: readonly Finding[], captured: Captured): readonly PacketsSeen[] {
  const groups = new Map<string, { readonly finding: Finding; others: number }>()
  for (const finding of findings) {
    const key = groupOf(finding)
    const known = groups.get(key)
    if (known) known.others++
    else groups.set(key, { finding, others: 0 })
  }
  const all = [...groups.values()]
  const failing = all.filter(({ finding }) => finding.sighting !== 'answered').slice(0, LIMITS.failing)
  const answered = all.filter(({ finding }) => finding.sighting === 'answered').slice(0, LIMITS.answered)
  return [
    ...failing.flatMap(({ finding, others }) => {
      const seen = seenOf(finding, captured, others)
      return [seen, ...otherDoor(seen)]
    }),
    ...answered.flatMap(({ finding, others }) => {
      const seen = seenOf(finding, captured, others)
      return isTelling(seen.interfaces) ? [seen, wayOf(seen)] : [seen]
    }),
  ]
}

/** The answer leaves by another interface than the question came in by, and does not arrive: asymmetric routing. */
function otherDoor(seen: PacketsSeen): readonly PacketsSeen[] {
  const asked = seen.interfaces[0]
  const answered = seen.replies?.at(-1)
  if (seen.sighting !== 'reply-lost' || asked?.direction !== 'in' || answered?.direction !== 'out') return []
  if (asked.device === '' || answered.device === '' || asked.device === answered.device) return []
  const flow = seen.flow ? `${flowText(seen.flow)}: ` : ''
  const text = `${flow}it came in by ${asked.device}, and the answer leaves by ${answered.device}`
  return [{ ...seen, sighting: 'wrong-interface', text }]
}

function groupOf(finding: Finding): string {
  const { sighting, ends, by, error, length } = finding
  const { src, srcName, dst, dstName, dport, protocol }: Partial<SeenFlow> = askedFlow(finding.exchange) ?? {}
  const ends2 = `${src ?? srcName}>${dst ?? dstName}:${dport}/${protocol}`
  return [sighting, ends2, ends, by, error?.icmp.type, error?.icmp.code, length !== undefined].join('|')
}

function seenOf(finding: Finding, captured: Captured, others: number): PacketsSeen {
  const { exchange, error, sighting } = finding
  const opened = openingOf(exchange)
  const interfaces = placesOf(telling(exchange.kept.filter(({ forward }) => forward)))
  const replies = placesOf(finding.answer ?? telling(exchange.kept.filter(({ forward }) => !forward)))
  const first = error?.first ?? finding.answer?.sights[0] ?? opened ?? exchange.kept[0]?.sights[0]
  const number = (sighting === 'syn-unanswered' || sighting === 'answered' ? opened?.number : undefined) ?? first?.number ?? 1
  return {
    kind: 'packet',
    sighting,
    text: sentenceOf(finding, captured, sighting === 'reply-lost' ? replies : interfaces, others),
    source: sourceOf(captured, number),
    ...timeOf(first),
    flow: askedFlow(exchange),
    host: captured.vantage.host,
    netns: captured.vantage.netns,
    interfaces,
    ...(replies.length > 0 && { replies }),
    ...(finding.ends && { ends: finding.ends }),
    packets: finding.packets,
    ...(finding.by !== undefined && { by: finding.by }),
    ...(finding.maker && { maker: finding.maker }),
    ...(error && { icmp: { type: error.icmp.type, code: error.icmp.code, ...(error.icmp.mtu !== undefined && { mtu: error.icmp.mtu }) } }),
    ...(finding.stage && { stage: finding.stage }),
    ...(sighting === 'reset' && exchange.backward.synAck > 0 && { established: true as const }),
    ...(finding.length !== undefined && { length: finding.length }),
  }
}

/** The packet that was seen in most places tells the way best. */
function telling(passes: readonly Pass[]): Pass | undefined {
  return passes.reduce<Pass | undefined>((best, pass) => (best && best.sights.length >= pass.sights.length ? best : pass), undefined)
}

const placesOf = (pass: Pass | undefined): readonly SeenAt[] => (pass ? pass.sights.map(seenAt) : [])

const isTelling = (places: readonly SeenAt[]): boolean => places.length > 1

function wayOf(seen: PacketsSeen): PacketsSeen {
  return { ...seen, sighting: 'way', text: `${seen.flow ? flowText(seen.flow) : ''}: ${placesText(seen.interfaces)}` }
}

/** `in by eth0, out by docker0 as 10.1.0.2:40090 -> 10.2.0.2:80/tcp` */
export function placesText(places: readonly SeenAt[]): string {
  let before: string | undefined
  return places
    .map(({ device, direction, flow, tunnel, host, netns }) => {
      const text = flowText(flow)
      const changed = before !== undefined && text !== before ? ` as ${text}` : ''
      before = text
      const on = host === undefined ? '' : ` of ${host}${netns ? `/${netns}` : ''}`
      return `${direction ?? 'seen'} by ${device || 'an interface'}${on}${tunnel ? ` inside of ${tunnel.kind}` : ''}${changed}`
    })
    .join(', ')
}

const timeOf = (sight: Sight | undefined): { time?: string } => (sight?.time === undefined ? {} : { time: timeText(sight.time) })

/** Seconds since 1970 as a date; smaller numbers count from midnight or the beginning of the capture. */
export function timeText(time: number): string {
  if (time > 86_400 * 365) return new Date(time * 1000).toISOString()
  const part = (value: number): string => `${Math.floor(value)}`.padStart(2, '0')
  return `${part(time / 3600)}:${part((time / 60) % 60)}:${(time % 60).toFixed(6).padStart(9, '0')}`
}
