import type { AskedFlow } from '../datapath/matrix/sample.ts'
import type { Document } from '../intake/document.ts'
import type { OwnerBook } from '../netfilter/owners/book.ts'
import { effectOf, interruptionOf } from './effect.ts'
import { expandOf } from './expand.ts'
import { guardOwner, guardProof, guardSession, guardUndo, namespaceAt, type SshSession } from './guards.ts'
import { inverseOf } from './inverse.ts'
import { changesOf, documentsAfter } from './model-changes.ts'
import type { Operation, Refused } from './operation.ts'
import { withComment } from './operations/nft.ts'
import type { Check, Guard, Plan, PlanStep } from './plan.ts'
import { probeOf } from './probe.ts'
import { proveChange } from './proof.ts'
import { argvOf, readOperation } from './read-operation.ts'
import { saveOf } from './save-object.ts'

/** A step before its inverse and effect are known: from a diagnosis, a runbook, or a person. */
export interface Draft {
  readonly command: readonly string[]
  readonly why: string
  /** Where the author knows an undo that cannot be derived. */
  readonly undo?: readonly string[] | undefined
  /** An undo for where none can be derived. */
  readonly fallback?: readonly string[] | undefined
  readonly interrupts?: string | undefined
  readonly precondition?: Check | undefined
  readonly check?: Check | undefined
  readonly where?: string | undefined
  readonly timeout?: number | undefined
}

export interface Composition {
  readonly id: string
  readonly title: string
  readonly origin: Plan['origin']
  readonly target: Plan['target']
  readonly drafts: readonly Draft[]
  readonly criteria: readonly Check[]
  readonly state: Plan['state']
  readonly timer: number
  readonly session: SshSession | undefined
  readonly book: OwnerBook
  /** Flows that the proof must tell of. */
  readonly asked?: readonly AskedFlow[]
}

/**
 * Makes a plan: each command read, taken apart into steps that can be taken back, followed on the model one after the other, and proved.
 * Steps are judged in the state that those before them leave.
 */
export function composePlan(documents: readonly Document[], composition: Composition): Plan | Refused {
  const { target, drafts, book, session } = composition
  let current = documents
  const steps: PlanStep[] = []
  const guards: Guard[] = []
  const unmodelled: number[] = []
  for (const draft of drafts) {
    const read = readOperation(draft.command)
    if (read.kind === 'refused') return { kind: 'refused', why: `${draft.command.join(' ')}: ${read.why}` }
    const expanded = expandOf(tagged(read, composition.id, steps.length + 1), namespaceAt(current, target.host, target.netns))
    for (const [i, op] of expanded.entries()) {
      const namespace = namespaceAt(current, target.host, target.netns)
      const number = steps.length + 1
      const last = i === expanded.length - 1
      steps.push(stepOf(op, draft, number, target, inverseOf(op, namespace), { first: i === 0, last }))
      const changes = namespace && changesOf(op, namespace)
      const owner = namespace && guardOwner(op, number, namespace, book)
      if (owner) guards.push(owner)
      if (changes === undefined) unmodelled.push(number)
      else current = documentsAfter(current, changes)
    }
  }
  const modelled = documents.length > 0 && unmodelled.length < steps.length
  const proof = modelled ? proveChange(documents, current, target.host, unmodelled, composition.asked) : null
  return {
    schema: 'culprit.plan/v1',
    id: composition.id,
    title: composition.title,
    origin: composition.origin,
    target,
    steps,
    proof,
    guards: [
      ...(proof ? [guardProof(proof)] : []),
      ...(session ? [guardSession(session, documents, current, target.host)] : []),
      ...guardUndo(steps),
      ...guards,
    ],
    criteria: composition.criteria,
    state: composition.state,
    timer: composition.timer,
  }
}

/** A rule that is added to nftables carries the plan's name, by which its undo finds it. */
const tagged = (op: Operation, id: string, number: number): Operation =>
  op.kind === 'nft-rule' && op.action !== 'delete' ? { ...op, text: withComment(op.text, `culprit ${id}.${number}`) } : op

function stepOf(
  op: Operation,
  draft: Draft,
  number: number,
  target: Plan['target'],
  inverse: ReturnType<typeof inverseOf>,
  at: { readonly first: boolean; readonly last: boolean },
): PlanStep {
  const save = saveOf(op, number)
  const own = at.last ? draft.undo : undefined
  const derived = save?.undo ?? (inverse.kind === 'undo' ? inverse.argv : undefined)
  const undo = own ?? derived ?? (at.last && inverse.kind === 'none' ? draft.fallback : undefined) ?? []
  return {
    number,
    where: draft.where ?? (target.netns === '' ? `host ${target.host}` : `namespace ${target.netns} of ${target.host}`),
    command: argvOf(op),
    undo,
    undoNote: undo.length > 0 ? '' : noteOf(inverse, own !== undefined),
    effect: effectOf(op),
    interrupts: (at.last ? draft.interrupts : undefined) ?? interruptionOf(op),
    precondition: at.first ? (draft.precondition ?? null) : null,
    check: at.last ? (draft.check ?? null) : null,
    why: draft.why,
    probe: probeOf(op) ?? null,
    save: save?.save ?? null,
    timeout: draft.timeout ?? 60,
  }
}

function noteOf(inverse: ReturnType<typeof inverseOf>, given: boolean): string {
  if (given) return 'nothing is left to take back'
  return inverse.kind === 'undo' ? '' : inverse.kind === 'itself' ? inverse.why : `no undo: ${inverse.why}`
}
