import { requestFor } from '../../datapath/matrix/asked.ts'
import type { Comparison, OwnedDifference } from '../../diagnose/comparison.ts'
import type { Side } from '../../model/difference/difference.ts'
import type { Json } from '../trace/json.ts'
import type { Whose } from '../trace/words.ts'
import { type FlowGroup, flowGroups } from './flows.ts'
import { whatText } from './words.ts'

/** So many flows of a group are listed. */
const LISTED = 50

/** The published form of a comparison, `culprit.diff/v1` of docs/reference/diff.md. */
export function diffJson({ found, notCompared, flows }: Comparison, whose: { readonly before: Whose; readonly after: Whose }): Json {
  return {
    schema: 'culprit.diff/v1',
    changed: found.length > 0,
    changes: found.map(changeJson),
    flows: flows
      ? {
          compared: flows.compared,
          sampledFrom: flows.sampledFrom,
          changed: flows.changed.length,
          groups: flowGroups(flows, whose.before, whose.after).map(groupJson),
        }
      : null,
    notCompared: notCompared.map((one) => ({ ...one })),
  }
}

/** One change: the form that an incident keeps, too. */
export function changeJson(one: OwnedDifference): { readonly [key: string]: Json } {
  const { kind, change, host, netns, object, at, before, after, fields, owner } = one
  return {
    kind,
    change,
    host,
    netns,
    object,
    text: whatText(one),
    ...(at ? { at: { ...at } } : {}),
    before: sideJson(before),
    after: sideJson(after),
    fields: fields.map((field) => ({ field: field.field, before: field.before ?? null, after: field.after ?? null })),
    owner: owner ? { id: owner.owner.id, name: owner.owner.name, rewritten: owner.rewritten } : null,
  }
}

const sideJson = (side: Side | undefined): Json =>
  side
    ? {
        text: side.text,
        ...(side.rule === undefined ? {} : { rule: side.rule }),
        evidence: { file: side.source.file, line: side.source.line },
      }
    : null

const groupJson = ({ kind, before, after, because, step, flows }: FlowGroup): Json => ({
  kind,
  before,
  after,
  because,
  step: step
    ? {
        host: step.host,
        netns: step.netns,
        table: step.table ?? null,
        chain: step.chain ?? null,
        rule: step.rule ?? null,
        text: step.text,
        evidence: step.evidence ? { file: step.evidence.file, line: step.evidence.line } : null,
      }
    : null,
  count: flows.length,
  flows: flows.slice(0, LISTED).map(({ sender, target, before: was, after: is }) => ({
    from: sender.place,
    to: target.place,
    request: { ...requestFor(sender, target) } as unknown as Json,
    arrivals: { before: [...was.arrivals], after: [...is.arrivals] },
  })),
})
