import type { Outcome, Step } from '../../datapath/trace.ts'
import type { Packet } from '../../net/packet.ts'
import { changedFields } from '../packet-text.ts'

/** One line of a packet's way: what happened at a hook, a route, a bridge. */
export interface Stop {
  readonly step: Step
  /** Index of `step` in the outcome's steps. */
  readonly index: number
  /** `FORWARD 3`, `DOCKER 1`: the jumps that led to the rule, the rule itself last; empty outside rules. */
  readonly path: readonly string[]
  /** Header fields that this step changed. */
  readonly changes: readonly string[]
  readonly decides: boolean
}

/** What happened in one namespace of one host, in a row. */
export interface Station {
  readonly host: string
  readonly netns: string
  readonly stops: readonly Stop[]
}

/** The way as stations. Every step is in it; what a short report leaves out is its choice (see `tells`). */
export function stationsOf(outcome: Outcome): readonly Station[] {
  const stations: { host: string; netns: string; stops: Stop[] }[] = []
  let packet: Packet | undefined = outcome.sent
  let jumps: readonly Jump[] = []
  let hook = ''
  for (const [index, step] of outcome.steps.entries()) {
    const here = `${step.hook} ${step.family ?? ''} ${step.table ?? ''} ${step.host} ${step.netns}`
    if (here !== hook) jumps = []
    hook = here
    jumps = unwound(jumps, step)
    // A tunnel's header is not a change of the packet: its addresses are those of the machines at its ends.
    const tunnel = step.kind === 'encap' || step.kind === 'decap'
    const changes = step.packet && packet && !tunnel ? changedFields(packet, step.packet) : []
    packet = step.packet ?? packet
    const stop = { step, index, path: pathOf(jumps, step), changes, decides: index === outcome.decidedBy }
    if (step.kind === 'rule' && (step.effect === 'JUMP' || step.effect === 'GOTO') && step.chain !== undefined)
      jumps = [...jumps, { chain: step.chain, rule: step.rule }]
    const last = stations.at(-1)
    if (last && last.host === step.host && last.netns === step.netns) last.stops.push(stop)
    else stations.push({ host: step.host, netns: step.netns, stops: [stop] })
  }
  return stations
}

interface Jump {
  readonly chain: string
  readonly rule: number | undefined
}

/** A step in a chain that was jumped from means that the jump has returned. */
function unwound(jumps: readonly Jump[], step: Step): readonly Jump[] {
  if (step.kind === 'skipped' || step.chain === undefined) return jumps
  const at = jumps.findIndex((j) => j.chain === step.chain)
  return at < 0 ? jumps : jumps.slice(0, at)
}

function pathOf(jumps: readonly Jump[], step: Step): readonly string[] {
  if (step.chain === undefined) return []
  const own = step.kind === 'policy' ? `policy of ${step.chain}` : step.rule === undefined ? step.chain : `${step.chain} ${step.rule}`
  return [...(step.kind === 'policy' ? [] : jumps.map((j) => `${j.chain} ${j.rule ?? ''}`)), own]
}

/** Does a stop tell the story, or only that a rule or policy let the packet on unchanged? */
export function tells(stop: Stop): boolean {
  const { step } = stop
  if (stop.decides || stop.changes.length > 0 || step.assumption !== undefined) return true
  switch (step.kind) {
    case 'rule':
      return !['JUMP', 'GOTO', 'RETURN', 'CONTINUE'].includes(step.effect ?? '') && step.effect !== 'LOG'
    case 'policy':
      return step.effect !== 'ACCEPT' || step.table === 'filter'
    case 'return':
    case 'skipped':
      return false
    case 'route':
    case 'bridge':
    case 'neighbour':
    case 'encap':
    case 'decap':
    case 'local':
      return true
  }
}
