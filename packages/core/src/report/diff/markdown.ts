import type { Comparison, OwnedDifference } from '../../diagnose/comparison.ts'
import type { Side } from '../../model/difference/difference.ts'
import { escapeAll, escapeTerminal } from '../escape.ts'
import { FLOW_TEXT, flowGroups, flowNames } from './flows.ts'
import type { DiffOptions } from './options.ts'
import { byPlace, summary } from './text.ts'
import { fieldTexts, ownerText, whatText } from './words.ts'

const MOST = 100
const MOST_FLOWS = 10

/** Tables of what changed and of the flows: to be put into a ticket. */
export function* diffMarkdown({ found, notCompared, flows }: Comparison, options: Omit<DiffOptions, 'style'>): Generator<string> {
  yield '# What changed'
  if (found.length === 0) yield* ['', 'Nothing changed that matters to a packet.']
  for (const [place, some] of byPlace(found)) {
    yield* ['', `## ${cell(escapeTerminal(place))}`, '', `${summary(some)}.`, '', '| change | what | before | after |', '|---|---|---|---|']
    for (const one of options.whole ? some : some.slice(0, MOST)) yield rowOf(escapeAll(one), options.administrator)
    if (!options.whole && some.length > MOST) yield* ['', `And ${some.length - MOST} more.`]
  }
  if (flows && flows.changed.length > 0) {
    yield* ['', '## Flows that fare otherwise', '', `${flows.changed.length} of ${flows.compared} that were traced in both.`, '']
    yield* ['| flows | how | why | decided by |', '|---|---|---|---|']
    for (const { kind, because, evidence, flows: some } of flowGroups(flows, options.whose.before, options.whose.after)) {
      const names = some.slice(0, MOST_FLOWS).map(flowNames)
      const more = some.length > names.length ? [`and ${some.length - names.length} more`] : []
      yield `| ${[...names, ...more].map((name) => cell(escapeTerminal(name))).join('<br>')} | ${FLOW_TEXT[kind].toLowerCase()} | ${cell(escapeTerminal(because))} | ${cell(escapeTerminal(evidence))} |`
    }
  }
  if (notCompared.length > 0) yield* ['', '## Not compared', '']
  for (const { host, netns, part, missing } of notCompared)
    yield `- ${cell(escapeTerminal(`${[host, netns].filter((word) => word !== '').join('/') || 'the cluster'}: ${part}`))} (not in ${missing})`
}

function rowOf(one: OwnedDifference, administrator: string): string {
  const owner = ownerText(one, administrator)
  const fields = fieldTexts(one)
  const what = [`${whatText(one)}${owner === undefined ? '' : ` (${owner})`}`, ...fields]
  return `| ${one.change} | ${what.map(cell).join('<br>')} | ${sideCell(one.before)} | ${sideCell(one.after)} |`
}

const sideCell = (side: Side | undefined): string =>
  side === undefined
    ? ''
    : `${cell(side.text)}<br>${cell(side.source.line > 0 ? `${side.source.file}:${side.source.line}` : side.source.file)}`

/** What would end a cell, or be taken for markup. */
const cell = (text: string): string => text.replace(/([\\`*_{}[\]<>|#])/g, '\\$1')
