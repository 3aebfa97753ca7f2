import type { Outcome, Step } from '../../../datapath/trace.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Packet } from '../../../net/packet.ts'
import type { PacketsSeen, SeenAt, SeenFlow } from '../observation.ts'
import { type Leaving, type ModelWay, modelWay } from './model-way.ts'
import { flowText } from './sight.ts'

/** Where a packet's real way leaves the one that the model gives it. */
export interface Parting {
  /**
   * `device`: it went out by another one; `passed`: it went on where the model ends it; `lost`: it did not go out although the model sends
   * it on; `translation`: it went out with another address or port.
   */
  readonly kind: 'device' | 'passed' | 'lost' | 'translation'
  readonly text: string
  readonly host: string | undefined
  readonly netns: string
  readonly seen: SeenAt | undefined
  /** What the model did instead. */
  readonly step: Step | undefined
  /** Of a translation: the packet as the model sends it there. */
  readonly planned?: Packet | undefined
}

/**
 * Holds what a capture shows of a packet against the model's ways for it.
 *
 * @param outcomes what a trace of the same connection says; all that missing evidence leaves open
 * @returns none where one of the model's ways is what was seen, or the observation is about something else
 */
export function matchToModel(observation: PacketsSeen, outcomes: readonly Outcome[]): readonly Parting[] {
  let fewest: readonly Parting[] | undefined
  for (const outcome of outcomes) {
    if (outcome.verdict === 'unknown') return []
    const way = modelWay(outcome, observation.host, observation.netns)
    if (!way || !isAbout(observation, way)) continue
    const partings = partingsOf(observation, way)
    if (partings.length === 0) return []
    if (!fewest || partings.length < fewest.length) fewest = partings
  }
  return fewest ?? []
}

/** The observation that a parting is: for the list of what was seen. */
export function observedParting(observation: PacketsSeen, parting: Parting): PacketsSeen {
  const { kind, text, seen, planned } = parting
  const target = seen?.flow.dst !== planned?.dst || seen?.flow.dport !== planned?.dport
  const what = kind !== 'translation' ? kind : target ? 'destination' : 'source'
  return { ...observation, sighting: kind === 'device' ? 'wrong-interface' : 'way', text, parting: what }
}

/**
 * The capture shows the connection that was traced. One that came in bears the addresses from before this machine's translations: behind
 * them, another connection may bear the same. One that was only seen leaving may bear any.
 */
function isAbout({ flow, interfaces }: PacketsSeen, { headers, entering }: ModelWay): boolean {
  const first = interfaces[0]
  const flows = [...(flow ? [flow] : []), ...interfaces.map((seen) => seen.flow)]
  if (first?.direction === 'in' && !first.tunnel) return sameFlow(first.flow, entering)
  return flows.some((one) => headers.some((packet) => sameFlow(one, packet)))
}

const sameFlow = (flow: SeenFlow, packet: Packet): boolean =>
  sameTarget(flow, packet) && (flow.src === undefined || flow.src === packet.src)

const sameTarget = (flow: SeenFlow, packet: Packet): boolean =>
  flow.dst === packet.dst && flow.protocol === packet.protocol && (flow.dport === packet.dport || packet.dport === 0 || flow.dport === 0)

function partingsOf(observation: PacketsSeen, way: ModelWay): readonly Parting[] {
  const { interfaces, ends, host, netns } = observation
  const own = interfaces.filter((seen) => (seen.host ?? host) === host && (seen.netns ?? netns) === netns)
  // A device of which a capture has only the number may be any.
  const out = own.filter(({ direction, device }) => direction === 'out' && device !== '' && !/^if\d+$/.test(device))
  const make = (kind: Parting['kind'], text: string, seen: SeenAt | undefined, step: Step | undefined): Parting => ({
    kind,
    text: `${observation.flow ? flowText(observation.flow) : 'a packet'}: ${text}`,
    host,
    netns,
    seen,
    step,
  })
  if (out.length === 0) {
    const last = way.leaving.at(-1)
    if (ends !== 'here' || !last || way.stopped) return []
    return [make('lost', `the model sends it out by ${last.device}, and it never left by any device`, own.at(-1), last.step)]
  }
  const first = out[0] as SeenAt
  if (way.leaving.length === 0 || (way.stopped && !isBehind(way, way.stopped))) {
    if (way.stopped)
      return [make('passed', `the model ends it at ${stopText(way.stopped)}, and it went out by ${first.device}`, first, way.stopped)]
    return way.local ? [make('device', `the model delivers it here, and it went out by ${first.device}`, first, way.local)] : []
  }
  const match = way.leaving.find(({ device }) => out.some((seen) => seen.device === device))
  if (!match) {
    const planned = way.leaving[0] as Leaving
    return [
      make(
        'device',
        `the model sends it out by ${planned.device} (${planned.step.text}), and it went out by ${first.device}`,
        first,
        planned.step,
      ),
    ]
  }
  // a bridge's port shows what the bridge itself may not yet
  const plain = out.filter(({ tunnel }) => !tunnel)
  const texts = plain.map((seen) => ({ seen, changed: translationText(seen.flow, match.packet) }))
  const wrong = texts.every(({ changed }) => changed !== undefined) ? texts.at(-1) : undefined
  if (!wrong) return []
  const parting = make('translation', `${wrong.changed} on ${wrong.seen.device}`, wrong.seen, way.translated ?? match.step)
  return [{ ...parting, planned: match.packet }]
}

/** Stopped on another machine, behind the devices that it left by here, is no contradiction; in POSTROUTING here it is. */
const isBehind = (way: ModelWay, stopped: Step): boolean => way.leaving.length > 0 && stopped.hook === ''

const stopText = ({ kind, table, chain, rule, text }: Step): string =>
  kind === 'rule' ? `rule ${rule} of ${table} ${chain}` : kind === 'policy' ? `the policy of ${table} ${chain}` : text

/** The source port is the kernel's choice where a source is translated. */
function translationText(seen: SeenFlow, model: Packet): string | undefined {
  const to = (address: SeenFlow['dst'], port: number): string =>
    `${address === undefined ? '?' : formatAddress(address)}${port ? `:${port}` : ''}`
  if (seen.dst !== undefined && (seen.dst !== model.dst || seen.dport !== model.dport))
    return `the model sends it to ${to(model.dst, model.dport)}, and it went to ${to(seen.dst, seen.dport)}`
  if (seen.src !== undefined && seen.src !== model.src)
    return `the model sends it from ${to(model.src, 0)}, and it bears the source ${to(seen.src, 0)}`
  return undefined
}
