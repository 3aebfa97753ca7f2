import type { Outcome, Step } from '../../../datapath/trace.ts'
import type { Packet } from '../../../net/packet.ts'

/** The packet on its way out by a device, as the model has it. */
export interface Leaving {
  readonly device: string
  readonly packet: Packet
  /** The routing decision. */
  readonly step: Step
}

/** What the model says of a packet inside of one namespace. */
export interface ModelWay {
  readonly leaving: readonly Leaving[]
  /** Taken in by the namespace itself. */
  readonly local: Step | undefined
  /** The step that ended it here. */
  readonly stopped: Step | undefined
  /** The last translation in this namespace. */
  readonly translated: Step | undefined
  /** As it comes into the namespace. */
  readonly entering: Packet
  /** Every header that the packet had anywhere. */
  readonly headers: readonly Packet[]
}

const TRANSLATES: ReadonlySet<string> = new Set(['DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP', 'TPROXY'])

/** undefined: the packet never comes into that namespace. */
export function modelWay(outcome: Outcome, host: string | undefined, netns: string): ModelWay | undefined {
  const here = (place: { readonly host: string; readonly netns: string }): boolean =>
    place.netns === netns && (host === undefined || place.host === host)
  const steps = outcome.steps.filter(({ kind }) => kind !== 'skipped')
  if (!steps.some(here) && !here(outcome.at)) return undefined
  let packet = outcome.sent ?? outcome.packet
  const headers = [packet]
  const leaving: { device: string; packet: Packet; step: Step }[] = []
  let local: Step | undefined
  let translated: Step | undefined
  let last: { packet: Packet } | undefined
  let entering: Packet | undefined
  for (const step of steps) {
    if (here(step)) entering ??= packet
    if (step.packet) {
      packet = step.packet
      headers.push(packet)
      // source translation comes behind routing, and is on the packet when it leaves
      if (last && step.kind === 'rule') last.packet = packet
      if (here(step) && step.kind === 'rule' && TRANSLATES.has(step.effect ?? '')) translated = step
    }
    if (step.kind === 'encap') last = undefined
    if (step.kind !== 'route' || !here(step) || !step.route) continue
    if (step.route.type === 'local') local = step
    else if (step.route.type === 'unicast' && step.route.dev !== undefined) {
      last = { packet }
      leaving.push(Object.assign(last, { device: step.route.dev, step }))
    }
  }
  // a connection that conntrack knows is translated without a rule
  if (last && outcome.verdict === 'forwarded' && here(outcome.at)) last.packet = outcome.packet
  const ended = (outcome.verdict === 'dropped' || outcome.verdict === 'rejected') && here(outcome.at)
  const stopped = ended && outcome.decidedBy !== null ? outcome.steps[outcome.decidedBy] : undefined
  return { leaving, local, stopped, translated, entering: entering ?? packet, headers: [...headers, outcome.packet] }
}
