import { requestFor } from '../../datapath/matrix/asked.ts'
import type { Part } from '../../datapath/matrix/cell.ts'
import type { ChangedFlow, Fate, FlowComparison, FlowKind } from '../../datapath/matrix/compare.ts'
import type { Step } from '../../datapath/trace.ts'
import { withoutCounts } from '../../model/difference/canonical.ts'
import { causeText, evidenceText } from '../matrix/why.ts'
import type { Whose } from '../trace/words.ts'

/** Flows that changed in the same way for the same reason. */
export interface FlowGroup {
  readonly kind: FlowKind
  readonly before: string
  readonly after: string
  /** Why, in a sentence without its full stop: why it fails now, or did. */
  readonly because: string
  /** The rule or route that decides, with file and line; '' where none does. */
  readonly evidence: string
  readonly step: Step | undefined
  readonly flows: readonly ChangedFlow[]
}

/** In the order of what hurts most. */
const ORDER: readonly FlowKind[] = ['stops', 'unsure', 'otherwise', 'elsewhere', 'starts', 'settled']

export const FLOW_TEXT: Readonly<Record<FlowKind, string>> = {
  stops: 'WORKED, FAILS',
  unsure: 'WORKED, UNKNOWN',
  otherwise: 'FAILS OTHERWISE',
  elsewhere: 'GOES ELSEWHERE',
  starts: 'FAILED, WORKS',
  settled: 'WAS UNKNOWN',
}

/** `whose`: of the rules before, and after. */
export function flowGroups({ changed }: FlowComparison, before: Whose, after: Whose): readonly FlowGroup[] {
  const groups = new Map<string, { group: Omit<FlowGroup, 'flows'>; flows: ChangedFlow[] }>()
  for (const flow of changed) {
    const group = groupOf(flow, before, after)
    const key = withoutCounts([group.kind, group.before, group.after, group.because, group.evidence].join('\n'))
    const known = groups.get(key)
    if (known) known.flows.push(flow)
    else groups.set(key, { group, flows: [flow] })
  }
  return [...groups.values()]
    .map(({ group, flows }): FlowGroup => ({ ...group, flows }))
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.flows.length - a.flows.length)
}

function groupOf(flow: ChangedFlow, old: Whose, now: Whose): Omit<FlowGroup, 'flows'> {
  const { kind, before, after } = flow
  const words = { kind, before: before.cell.word, after: after.cell.word }
  if (kind === 'elsewhere') return { ...words, because: elsewhere(before, after), evidence: '', step: undefined }
  const was = kind === 'starts' || (kind === 'settled' && after.cell.word === 'works')
  const part = (was ? before : after).cell.parts[0]
  return { ...words, because: because(part, was ? old : now), evidence: part.cause ? evidenceText(part.cause) : '', step: part.cause?.step }
}

const because = ({ cause, why }: Part, whose: Whose): string => causeText(cause, why, whose)

function elsewhere(before: Fate, after: Fate): string {
  const [was, is] = [before.arrivals, after.arrivals].map((list, i, both) => list.filter((one) => !both[1 - i]?.includes(one)))
  return `it reaches ${listed(is ?? [])} instead of ${listed(was ?? [])}`
}

const listed = (list: readonly string[]): string =>
  list.length === 0 ? 'nobody else' : list.slice(0, 3).join(' or ') + (list.length > 3 ? ' …' : '')

/** A flow as trace is asked for it. */
export const flowEnds = ({ sender, target }: ChangedFlow): { readonly from: string; readonly to: string } => {
  const { from, to, host } = requestFor(sender, target)
  return { from: from === 'outside' && host !== undefined ? `outside --host ${host}` : from, to }
}

/** A flow by the names of its ends. */
export const flowNames = ({ sender, target }: ChangedFlow): string =>
  `${sender.kind === 'outside' && sender.host !== undefined ? `outside, coming in at ${sender.host}` : sender.place} → ${target.place}`
