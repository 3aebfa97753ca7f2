import { createEngine } from '../datapath/engine.ts'
import { compareFlows, type FlowComparison } from '../datapath/matrix/compare.ts'
import type { AskedFlow } from '../datapath/matrix/sample.ts'
import type { Step } from '../datapath/trace.ts'
import type { Document } from '../intake/document.ts'
import type { Difference, Differences, Side } from '../model/difference/difference.ts'
import { compareSnapshots, underOneName } from '../model/difference/snapshots.ts'
import type { OwnerBook } from '../netfilter/owners/book.ts'
import type { Ownership } from '../netfilter/owners/ownership.ts'
import { createOwnership } from './ownership.ts'
import { suggestFlows } from './suggest-flows.ts'

/** A difference with whose it is: of rules, chains and policies. */
export interface OwnedDifference extends Difference {
  readonly owner?: Ownership | undefined
}

/** What changed between two snapshots of the same machines, and which flows that changes. */
export interface Comparison extends Omit<Differences, 'found' | 'compared'> {
  readonly found: readonly OwnedDifference[]
  /** The two have nothing in common that could be compared. */
  readonly nothing: boolean
  /** undefined: not asked for. */
  readonly flows: FlowComparison | undefined
}

export interface CompareOptions {
  /** false: flows are not traced. */
  readonly flows?: boolean
  /** Flows to tell of beside those that the evidence knows. */
  readonly asked?: readonly AskedFlow[]
  /** Pairs to trace at most. */
  readonly most?: number
}

/**
 * Compares two bundles. Where nothing is otherwise, no flow is traced: what moves by itself (connections, learned neighbours) is not held
 * against anybody.
 */
export function compareEvidence(
  given: readonly Document[],
  after: readonly Document[],
  book: OwnerBook,
  { flows = true, asked = [], most }: CompareOptions = {},
): Comparison {
  const before = underOneName(given, after)
  const [old, now] = [createEngine(before), createEngine(after)]
  const { found, notCompared, compared } = compareSnapshots({ documents: before, model: old.model }, { documents: after, model: now.model })
  const changed = new Set(found.map(({ host }) => host))
  const state = (engine: typeof old, documents: readonly Document[]) => ({ engine, documents })
  return {
    found: withOwners(found, before, after, book),
    notCompared,
    nothing: compared === 0,
    flows: !flows
      ? undefined
      : found.length === 0
        ? { compared: 0, sampledFrom: null, changed: [] }
        : compareFlows(state(old, before), state(now, after), {
            changed,
            asked: [...asked, ...suggestFlows(found, [old.model, now.model])],
            most,
          }),
  }
}

function withOwners(
  found: readonly Difference[],
  before: readonly Document[],
  after: readonly Document[],
  book: OwnerBook,
): readonly OwnedDifference[] {
  const [old, now] = [createOwnership(before, book), createOwnership(after, book)]
  return found.map((one) => {
    if (!one.at) return one
    const owner = one.after ? now(stepAt(one, one.after)) : one.before && old(stepAt(one, one.before))
    return owner ? { ...one, owner } : one
  })
}

/** The rule or chain as a trace would name it. */
const stepAt = ({ host, netns, at }: Difference, { text, rule, source }: Side): Step => ({
  kind: rule === undefined ? 'policy' : 'rule',
  host,
  netns,
  hook: '',
  text,
  evidence: source,
  ...(at ? { family: at.family, table: at.table, chain: at.chain } : {}),
  ...(rule === undefined ? {} : { rule }),
})
