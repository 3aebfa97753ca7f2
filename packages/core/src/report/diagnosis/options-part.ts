import type { Option } from '../../repair/options/option.ts'
import { lineOf } from '../../repair/words.ts'
import { sampleNote } from '../repair/plan.ts'
import { type Block, heading } from './block.ts'
import { type Diagnosed, recommended, runbooksFor } from './diagnosed.ts'

/** The ways to mend it, each with what the model says of it. */
export function optionsPart({ options }: Diagnosed, whole: boolean): readonly Block[] {
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

/** Runbooks that mend what was found. */
export function runbooksPart(diagnosed: Diagnosed): readonly Block[] {
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
