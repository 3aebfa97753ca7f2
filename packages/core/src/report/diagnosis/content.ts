import { writtenOut } from '../../datapath/outcome.ts'
import type { Because } from '../../diagnose/causes/cause.ts'
import type { CauseId } from '../../diagnose/causes/ids.ts'
import { type FoundCause, WORTH_A_LOOK } from '../../diagnose/diagnosis.ts'
import type { Symptom } from '../../diagnose/scene.ts'
import type { Source } from '../../facts/source.ts'
import type { Option } from '../../repair/options/option.ts'
import { lineOf } from '../../repair/words.ts'
import { expectText } from '../criteria/criterion.ts'
import { criteriaOf } from '../criteria/make.ts'
import { sampleNote } from '../repair/plan.ts'
import { PLAIN } from '../style.ts'
import { traceText } from '../trace/text.ts'
import type { Block, Item } from './block.ts'
import { type Diagnosed, impactOf, recommended, runbooksFor, timelineOf } from './diagnosed.ts'

/** Everything that the evidence and the model say, in the order in which somebody on call reads it. `whole`: nothing is cut short. */
export function contentOf(diagnosed: Diagnosed, whole: boolean): readonly Block[] {
  return [
    ...summary(diagnosed),
    ...causesPart(diagnosed, whole),
    ...wayPart(diagnosed, whole),
    ...triedPart(diagnosed),
    ...optionsPart(diagnosed, whole),
    ...runbooksPart(diagnosed),
    ...ruledOutPart(diagnosed, whole),
    ...contradictionsPart(diagnosed),
    ...nextPart(diagnosed, whole),
    ...(whole ? [...impactPart(diagnosed), ...timelinePart(diagnosed), ...criteriaPart(diagnosed), ...observationsPart(diagnosed)] : []),
  ]
}

const heading = (text: string, level: 1 | 2 | 3 = 2): Block => ({ kind: 'heading', level, text })
const sourceText = (source: Source | undefined): string | undefined => source && `${source.file}:${source.line}`
const item = ({ text, source }: Because): Item => ({ text, source: sourceText(source) })
const percent = (confidence: number): string => `${Math.round(confidence * 100)} %`
const titleOf = ({ book }: Diagnosed, id: CauseId): string => book.get(id)?.title ?? id

const STATUS = { proved: 'proved on the model', supported: 'the evidence points to it', possible: 'not excluded' } as const

function summary(diagnosed: Diagnosed): readonly Block[] {
  const { diagnosis } = diagnosed
  const [first] = diagnosis.causes
  const asked = diagnosis.symptoms.length > 0 ? diagnosis.symptoms.slice(0, 3).map(sentenceOf).join('; ') : 'Nothing that fails was told.'
  if (!first || first.confidence <= WORTH_A_LOOK)
    return [
      heading('No cause found', 1),
      {
        kind: 'text',
        text: diagnosis.symptoms.some(fails)
          ? `${asked}. The evidence names no cause.`
          : 'Nothing is wrong with what was asked, as far as the evidence tells.',
        tone: diagnosis.symptoms.some(fails) ? 'unsure' : 'good',
      },
    ]
  return [
    heading(titleOf(diagnosed, first.id), 1),
    {
      kind: 'text',
      text: `${first.id}, ${STATUS[first.status]}, ${percent(first.confidence)} sure: ${placeText(first)}`,
      tone: first.status === 'proved' ? 'bad' : 'unsure',
    },
    { kind: 'text', text: `${asked}.` },
  ]
}

const fails = ({ result, outcomes }: Symptom): boolean =>
  result !== undefined || outcomes.some(({ connection }) => connection !== 'connects' && connection !== 'unknown')
const sentenceOf = ({ request: { from, to }, result, untraceable }: Symptom): string =>
  `${untraceable === undefined ? from : 'somebody'} to ${to}${result === undefined ? '' : `: ${result}`}`

const placeText = ({ where: { host, netns, object } }: FoundCause): string =>
  `${object}${host === '' ? '' : ` on ${host}`}${netns ? `, namespace ${netns}` : ''}`

function causesPart(diagnosed: Diagnosed, whole: boolean): readonly Block[] {
  const { causes } = diagnosed.diagnosis
  // What is left of a consequence is for the whole report.
  const shown = whole
    ? causes
    : causes
        .filter(({ confidence }, i) => i === 0 || confidence > 0.2)
        .slice(0, 3)
        .filter(({ status, confidence }) => status !== 'proved' || confidence > WORTH_A_LOOK)
  return shown.flatMap((cause, i): readonly Block[] => [
    i === 0
      ? heading('Why')
      : heading(`${i === 1 && cause.behind === undefined ? 'Or: ' : cause.behind ? 'Behind it: ' : ''}${titleOf(diagnosed, cause.id)}`, 3),
    ...(i === 0
      ? []
      : [{ kind: 'text', text: `${cause.id}, ${STATUS[cause.status]}, ${percent(cause.confidence)} sure: ${placeText(cause)}` } as const]),
    {
      kind: 'list',
      items: [...cause.because.map(item), ...cause.against.map((one) => ({ ...item(one), text: `Against it: ${one.text}` }))].slice(
        0,
        whole ? undefined : 6,
      ),
    },
    ...(whole && i === 0 ? explained(diagnosed, cause.id) : []),
  ])
}

function explained({ book }: Diagnosed, id: CauseId): readonly Block[] {
  const text = book.get(id)
  return text ? [{ kind: 'text', text: `What it is: ${text.what}. How it comes to be: ${text.why}.` }] : []
}

/** The packet's way as the model has it, of the first symptom. */
function wayPart({ diagnosis, whose }: Diagnosed, whole: boolean): readonly Block[] {
  const symptom = diagnosis.symptoms.find(({ outcomes }) => outcomes.length > 0)
  if (!symptom) return []
  const outcomes = symptom.outcomes.map(writtenOut)
  const text = traceText(
    { schema: 'culprit.trace/v1', request: symptom.request, outcomes },
    { detail: whole ? 'summary' : 'minimal', style: PLAIN, whose },
  )
  return [heading("The packet's way on the model"), { kind: 'lines', lines: text.trimEnd().split('\n') }]
}

/** Real attempts: a difference from the model comes with the place that the model goes by. */
function triedPart({ tried = [] }: Diagnosed): readonly Block[] {
  if (tried.length === 0) return []
  const items = tried.map(({ text, differs, source }) => ({
    text: differs ? `Otherwise than on the model: ${text}` : text,
    source: sourceText(source),
  }))
  return [heading('Tried for real'), { kind: 'list', items }]
}

function optionsPart({ options }: Diagnosed, whole: boolean): readonly Block[] {
  if (options.length === 0) return []
  const { now, later } = recommended(options)
  return [
    heading('How to mend it'),
    ...(whole ? options : options.slice(0, 3)).flatMap((option, i) =>
      optionBlocks(option, i, option.id === now ? ' (do this now)' : option.id === later ? ' (so that it lasts)' : ''),
    ),
  ]
}

function optionBlocks(option: Option, index: number, mark: string): readonly Block[] {
  const { title, kind, risk, downtime, where, steps, lasts, pros, cons } = option
  const notes = [...pros.map((text) => ({ text: `For it: ${text}` })), ...cons.map((text) => ({ text: `Against it: ${text}` }))]
  return [
    heading(`${index + 1}. ${title}${mark}`, 3),
    {
      kind: 'text',
      text: `${kind}, risk ${risk}, downtime: ${downtime}; on ${where.host === '' ? 'the host' : where.host}${where.netns === '' ? '' : `, namespace ${where.netns}`}. ${proofText(option)}`,
    },
    { kind: 'commands', lines: steps.map(({ command, why }) => ({ command: lineOf(command), note: why })) },
    {
      kind: 'list',
      items: [
        ...steps.map(({ undo, undoNote }) => ({
          text: undo.length > 0 ? `Take back: ${lineOf(undo)}` : `Not to be taken back: ${undoNote}`,
        })),
        ...notes,
        ...(lasts === '' ? [] : [{ text: `So that it lasts: ${lasts}` }]),
      ],
    },
  ]
}

function proofText({ proof }: Option): string {
  if (proof === null) return 'The model cannot follow its steps.'
  const counts = `${proof.repaired} ${proof.repaired === 1 ? 'flow' : 'flows'} repaired, ${proof.broken} broken, ${proof.unchanged} as before${sampleNote(proof)}`
  switch (proof.symptom) {
    case 'repaired':
      return `On the model it mends the symptom: ${counts}.`
    case 'stays':
      return `Refuted: on the model the symptom stays (${counts}).`
    case 'unknown':
      return proof.repaired + proof.broken + proof.unchanged === 0
        ? 'Not tried: the evidence holds no machine to try it on.'
        : `On the model: ${counts}.`
  }
}

function runbooksPart(diagnosed: Diagnosed): readonly Block[] {
  const runbooks = runbooksFor(diagnosed)
  if (runbooks.length === 0) return []
  return [
    heading('Runbooks for it'),
    {
      kind: 'commands',
      lines: runbooks.map(({ id, title, when }) => ({ command: `culprit repair plan --runbook ${id}`, note: `${title}. When: ${when}` })),
    },
  ]
}

function ruledOutPart(diagnosed: Diagnosed, whole: boolean): readonly Block[] {
  const { ruledOut } = diagnosed.diagnosis
  if (ruledOut.length === 0) return []
  const items = ruledOut.map(({ id, because }) => ({
    text: `${titleOf(diagnosed, id)} (${id}): ${because[0]?.text ?? ''}`,
    source: sourceText(because[0]?.source),
  }))
  return [
    heading('Ruled out'),
    { kind: 'list', items: whole ? items : items.slice(0, 5) },
    ...(whole || items.length <= 5 ? [] : [{ kind: 'text', text: `and ${items.length - 5} more (-o markdown shows all)` } as const]),
  ]
}

function contradictionsPart({ diagnosis: { contradictions } }: Diagnosed): readonly Block[] {
  if (contradictions.length === 0) return []
  return [
    heading('What the notes say, and the evidence contradicts'),
    { kind: 'list', items: contradictions.map(({ text }) => ({ text })) },
  ]
}

function nextPart({ diagnosis: { next } }: Diagnosed, whole: boolean): readonly Block[] {
  if (next.length === 0) return []
  return (whole ? next : next.slice(0, 2)).flatMap(({ command, why, expect }, i): readonly Block[] => [
    ...(i === 0 ? [heading('What to look at next')] : []),
    { kind: 'commands', lines: [{ command, note: why }] },
    ...(expect ? [{ kind: 'list', items: Object.entries(expect).map(([cause, text]) => ({ text: `${cause}: ${text}` })) } as const] : []),
  ])
}

function impactPart({ diagnosis, options }: Diagnosed): readonly Block[] {
  const { affected, unaffected } = impactOf(diagnosis, options)
  if (affected.length + unaffected.length === 0) return []
  return [
    heading('Who is hit'),
    {
      kind: 'list',
      items: [
        ...affected.map((text) => ({ text: `Hit: ${text}` })),
        ...unaffected.map(({ what, why }) => ({ text: `Not hit: ${what} (${why})` })),
      ],
    },
  ]
}

function timelinePart({ diagnosis }: Diagnosed): readonly Block[] {
  const rows = timelineOf(diagnosis).map(({ time, text, observation }) => [time, text, observation])
  return rows.length === 0 ? [] : [heading('When'), { kind: 'table', head: ['Time', 'What', 'Observation'], rows }]
}

function criteriaPart({ diagnosis, failing }: Diagnosed): readonly Block[] {
  const rows = criteriaOf(diagnosis, failing).map(({ text, command, expect }) => [text, command, expectText(expect)])
  return rows.length === 0 ? [] : [heading('Mended when'), { kind: 'table', head: ['What', 'Command at the sender', 'Expect'], rows }]
}

function observationsPart({ diagnosis: { observations } }: Diagnosed): readonly Block[] {
  const rows = observations.map(({ id, kind, text, source }) => [id, kind, text, sourceText(source) ?? 'command line'])
  return rows.length === 0 ? [] : [heading('What was observed'), { kind: 'table', head: ['', 'Kind', 'What', 'Where'], rows }]
}
