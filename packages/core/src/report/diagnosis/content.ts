import { writtenOut } from '../../datapath/outcome.ts'
import type { Because } from '../../diagnose/causes/cause.ts'
import type { CauseId } from '../../diagnose/causes/ids.ts'
import { type FoundCause, type TestOutcome, WORTH_A_LOOK } from '../../diagnose/diagnosis.ts'
import type { Symptom } from '../../diagnose/scene.ts'
import { PLAIN } from '../style.ts'
import { traceText } from '../trace/text.ts'
import { type Block, heading, type Item, sourceText } from './block.ts'
import type { Diagnosed } from './diagnosed.ts'
import { symptomTexts } from './flow-words.ts'
import { contradictionsPart, ruledOutPart } from './innocence.ts'
import { optionsPart, runbooksPart } from './options-part.ts'
import { criteriaPart, impactPart, observationsPart, timelinePart } from './record-part.ts'

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

/** What only names an observation stands where that was read. */
const item = ({ diagnosis }: Diagnosed, { text, source, observation }: Because): Item => ({
  text,
  source: sourceText(source ?? diagnosis.observations.find(({ id }) => id === observation)?.source),
})
const percent = (confidence: number): string => `${Math.round(confidence * 100)} %`
const titleOf = ({ book }: Diagnosed, id: CauseId): string => book.get(id)?.title ?? id

const STATUS = { proved: 'proved on the model', supported: 'the evidence points to it', possible: 'not excluded' } as const

function summary(diagnosed: Diagnosed): readonly Block[] {
  const { diagnosis } = diagnosed
  const [first] = diagnosis.causes
  const told = symptomTexts(diagnosis, diagnosis.symptoms)
  const more = told.length > MOST_TOLD ? `; and ${told.length - MOST_TOLD} more` : ''
  const asked = told.length > 0 ? `${told.slice(0, MOST_TOLD).join('; ')}${more}.` : 'Nothing that fails was told.'
  if (!first || first.confidence <= WORTH_A_LOOK)
    return [
      heading('No cause found', 1),
      {
        kind: 'text',
        text: diagnosis.symptoms.some(fails)
          ? `${asked} The evidence names no cause.`
          : 'Nothing is wrong with what was asked, as far as the evidence tells.',
        tone: diagnosis.symptoms.some(fails) ? 'unsure' : 'good',
      },
    ]
  const count = faultsTold(diagnosed)
  const title = `${first.status === 'possible' ? 'Not proved, and likeliest: ' : ''}${titleOf(diagnosed, first.id)}`
  return [
    heading(count === undefined ? title : `${count} different faults are told of, more than one incident has`, 1),
    ...(count === undefined ? [] : [{ kind: 'text', text: `${COLLECTION} Likeliest of them: ${title}.` } as const]),
    { kind: 'text', text: sureText(first), tone: first.status === 'proved' ? 'bad' : 'unsure' },
    { kind: 'text', text: asked },
  ]
}

/** Symptoms that the summary names. */
const MOST_TOLD = 3
/** Notes that tell of more faults than this tell of more than one incident. */
const ONE_STORY = 8

const COLLECTION =
  'Each is named below with where it is told. Give --from, --to and --symptom, or the part about one of them alone, to have that one looked into.'

/** undefined: no more than an incident may have. */
function faultsTold({ diagnosis: { causes } }: Diagnosed): number | undefined {
  const count = new Set(causes.map(({ id }) => id)).size
  return count < ONE_STORY || causes.some(({ status }) => status === 'proved') ? undefined : count
}

const fails = ({ result, outcomes }: Symptom): boolean =>
  result !== undefined || outcomes.some(({ connection }) => connection !== 'connects' && connection !== 'unknown')
const placeText = ({ where: { host, netns, object } }: FoundCause): string =>
  `${object}${host === '' ? '' : ` on ${host}`}${netns ? `, namespace ${netns}` : ''}`

function causesPart(diagnosed: Diagnosed, whole: boolean): readonly Block[] {
  const { causes } = diagnosed.diagnosis
  const isMain = ({ confidence, behind }: FoundCause, i: number): boolean => i === 0 || confidence > WORTH_A_LOOK || behind !== undefined
  // What is left of a consequence is for the whole report.
  const shown = whole
    ? causes.filter(isMain)
    : causes
        .filter(({ confidence }, i) => i === 0 || confidence > 0.2)
        .slice(0, 3)
        .filter(({ status, confidence }) => status !== 'proved' || confidence > WORTH_A_LOOK)
  const told = new Set<string>()
  return [
    ...shown.flatMap((cause, i): readonly Block[] => [
      i === 0
        ? heading('Why')
        : heading(
            `${i === 1 && cause.behind === undefined ? 'Or: ' : cause.behind ? 'Behind it: ' : ''}${titleOf(diagnosed, cause.id)}`,
            3,
          ),
      ...(i === 0 ? [] : [{ kind: 'text', text: sureText(cause) } as const]),
      ...reasons(diagnosed, cause, told, whole),
      ...(whole && i === 0 ? explained(diagnosed, cause.id) : []),
    ]),
    ...(whole
      ? faintPart(
          diagnosed,
          causes.filter((cause, i) => !isMain(cause, i)),
        )
      : []),
  ]
}

const sureText = (cause: FoundCause): string =>
  `${cause.id}, ${STATUS[cause.status]}, ${percent(cause.confidence)} sure: ${placeText(cause)}`

/** A reason that another cause has given already is not told again. */
function reasons(diagnosed: Diagnosed, cause: FoundCause, told: Set<string>, whole: boolean): readonly Block[] {
  const all = [
    ...cause.because.map((one) => item(diagnosed, one)),
    ...cause.against.map((one) => ({ ...item(diagnosed, one), text: `Against it: ${one.text}` })),
  ]
  const items = all.filter(({ text, source }) => !told.has(`${text} ${source}`)).slice(0, whole ? undefined : 6)
  for (const { text, source } of items) told.add(`${text} ${source}`)
  return items.length > 0 ? [{ kind: 'list', items }] : []
}

/** What is hardly likely, a line each. */
function faintPart(diagnosed: Diagnosed, causes: readonly FoundCause[]): readonly Block[] {
  if (causes.length === 0) return []
  const rows = causes.map((cause) => {
    const [first] = cause.because
    return [
      titleOf(diagnosed, cause.id),
      cause.id,
      percent(cause.confidence),
      placeText(cause),
      first?.text ?? '',
      sourceText(first?.source) ?? '',
    ]
  })
  return [heading('Less likely', 3), { kind: 'table', head: ['What', 'Id', 'How sure', 'Where', 'Why', 'Source'], rows }]
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

function nextPart(diagnosed: Diagnosed, whole: boolean): readonly Block[] {
  const { next } = diagnosed.diagnosis
  if (next.length === 0) return []
  return (whole ? next : next.slice(0, 2)).flatMap(({ command, why, outcomes = [] }, i): readonly Block[] => [
    ...(i === 0 ? [heading('What to look at next')] : []),
    { kind: 'commands', lines: [{ command, note: next[i - 1]?.why === why ? '' : why }] },
    ...(outcomes.length > 0
      ? [{ kind: 'list', items: outcomes.map((one) => ({ text: outcomeText(diagnosed, one, whole) })) } as const]
      : []),
  ])
}

/** "if it shows this, it sits there (and is one of these)" */
function outcomeText(diagnosed: Diagnosed, { shows, places, causes }: TestOutcome, whole: boolean): string {
  const named = whole ? `: ${causes.map((id) => titleOf(diagnosed, id)).join('; ')}` : ''
  return `${shows}: then it sits in ${places.join(', or ')}${named}`
}
