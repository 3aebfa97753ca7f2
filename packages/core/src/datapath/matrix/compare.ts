import type { Document } from '../../intake/document.ts'
import { withoutCounts } from '../../model/difference/canonical.ts'
import { collectObjects } from '../../model/objects.ts'
import { formatAddress } from '../../net/address.ts'
import type { Engine } from '../engine.ts'
import type { Outcome, TraceResult } from '../trace.ts'
import { requestFor } from './asked.ts'
import { type Cell, cellOf, unsettled } from './cell.ts'
import type { Sender, Target } from './place.ts'
import { allPlaces } from './places.ts'
import { type AskedFlow, type AskedFlows, MOST_PAIRS, type Pair, samplePairs } from './sample.ts'

/**
 * How a flow fares otherwise than it did. `stops`: it worked; `starts`: it works now; `elsewhere`: it works, and reaches another or is seen as
 * another; `otherwise`: it fails in another way or for another reason; `unsure`: the model does not know any more; `settled`: it knows now.
 */
export type FlowKind = 'stops' | 'starts' | 'elsewhere' | 'otherwise' | 'unsure' | 'settled'

/** What became of one pair in one of the models. */
export interface Fate {
  readonly cell: Cell
  /** Where a packet that works arrives, and as whose: `n1/p2 10.0.0.2:8080, as coming from 10.0.0.9`; several where a rule draws. */
  readonly arrivals: readonly string[]
}

export interface ChangedFlow {
  readonly kind: FlowKind
  readonly sender: Sender
  readonly target: Target
  readonly before: Fate
  readonly after: Fate
}

export interface FlowComparison {
  /** Pairs that were traced in both models. */
  readonly compared: number
  /** Of so many, where those are a part; null: all that are asked. */
  readonly sampledFrom: number | null
  readonly changed: readonly ChangedFlow[]
}

/** One of the two states that flows are compared in. */
export interface FlowState {
  readonly engine: Engine
  readonly documents: readonly Document[]
}

export interface FlowOptions {
  /** Hosts to look at most closely where there are too many pairs. */
  readonly changed: ReadonlySet<string>
  /** Flows that are told of whether or not the evidence knows their ends. */
  readonly asked?: readonly (AskedFlow | AskedFlows)[] | undefined
  /** Pairs to trace at most. */
  readonly most?: number | undefined
}

/** Traces what the evidence knows to talk to each other in both models. */
export function compareFlows(before: FlowState, after: FlowState, { changed, asked = [], most = MOST_PAIRS }: FlowOptions): FlowComparison {
  const places = [before, after].map(({ engine, documents }) => allPlaces(engine.model, collectObjects(documents)))
  const { pairs, sampledFrom } = samplePairs(places, (host) => host !== undefined && changed.has(host), asked, most)
  const found = pairs.flatMap((pair) => comparePair(before.engine, after.engine, pair))
  return { compared: pairs.length, sampledFrom, changed: found }
}

function comparePair(before: Engine, after: Engine, [sender, target]: Pair): readonly ChangedFlow[] {
  const [was, is] = [fateOf(before, sender, target), fateOf(after, sender, target)]
  const kind = kindOf(was, is)
  return kind === undefined ? [] : [{ kind, sender, target, before: was, after: is }]
}

function kindOf(was: Fate, is: Fate): FlowKind | undefined {
  const [before, after] = [was.cell.word, is.cell.word]
  if (before === after) {
    // Of what works it counts where it arrives, not by which chance.
    if (before === 'works') return was.arrivals.join('\n') === is.arrivals.join('\n') ? undefined : 'elsewhere'
    return before === 'unknown' || keyOf(was) === keyOf(is) ? undefined : 'otherwise'
  }
  if (after === 'unknown') return before === 'works' ? 'unsure' : undefined
  if (before === 'unknown') return 'settled'
  return before === 'works' ? 'stops' : after === 'works' ? 'starts' : 'otherwise'
}

/** Two findings are the same whatever has been counted meanwhile. */
const keyOf = ({ cell }: Fate): string => withoutCounts(cell.key)

function fateOf(engine: Engine, sender: Sender, target: Target): Fate {
  const result = engine.trace(requestFor(sender, target), { reply: true })
  if ('kind' in result) return { cell: unsettled(result.text), arrivals: [] }
  return { cell: cellOf(result, sender, target, engine.model), arrivals: arrivalsOf(result) }
}

const arrivalsOf = ({ outcomes }: TraceResult): readonly string[] =>
  [...new Set(outcomes.filter(({ verdict }) => verdict === 'delivered' || verdict === 'forwarded').map(arrivalOf))].sort()

/** The source port that a translation draws is chance. */
function arrivalOf({ at, packet, sent, verdict }: Outcome): string {
  const place = `${verdict === 'forwarded' ? `out by ${at.interface} of ` : ''}${at.netns === '' ? at.host : `${at.host}/${at.netns}`}`
  const to = packet.icmpType < 0 ? `${formatAddress(packet.dst)}:${packet.dport}` : formatAddress(packet.dst)
  return `${place} ${to}${sent && sent.src !== packet.src ? `, as coming from ${formatAddress(packet.src)}` : ''}`
}
