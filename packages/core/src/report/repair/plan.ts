import type { Check, Guard, Plan, PlanStep, Proof } from '../../repair/plan.ts'
import { lineOf } from '../../repair/words.ts'
import { escapeAll } from '../escape.ts'
import type { Style } from '../style.ts'

export interface PlanReportOptions {
  readonly style: Style
  /** Where the plan was written, for the command that applies it. */
  readonly file: string | undefined
}

/** A plan for people: every command with its effect, what it interrupts, how it is taken back, and what the model says of the whole. */
export function planReport(given: Plan, { style, file }: PlanReportOptions): string {
  const plan = escapeAll(given)
  const place = plan.target.netns === '' ? plan.target.host : `${plan.target.netns} of ${plan.target.host}`
  const lines = [
    style.strong(plan.title),
    `${plan.id}, on ${place}, ${plan.steps.length} ${plan.steps.length === 1 ? 'step' : 'steps'}`,
    '',
    ...plan.steps.flatMap((step) => [...stepLines(step, style), '']),
    ...proofLines(plan.proof, style),
    ...plan.guards.map((guard) => guardLine(guard, style)),
    ...(plan.criteria.length > 0 ? ['', 'It has worked when:', ...plan.criteria.map((check) => `  ${checkText(check)}`)] : []),
    '',
    `Unless confirmed, the machine takes it back after ${plan.timer} s.`,
    style.dim(
      `apply it:  culprit repair apply ${file ?? 'PLAN'}${plan.guards
        .filter(({ status }) => status !== 'holds')
        .map(({ id }) => ` --accept ${id}`)
        .join('')}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function stepLines(step: PlanStep, style: Style): readonly string[] {
  const label = (name: string, text: string): string => `   ${style.dim(name.padEnd(11))}${text}`
  return [
    `${step.number}. ${style.strong(lineOf(step.command))}`,
    label('does', step.effect),
    label('why', step.why),
    label('where', step.where),
    ...(step.precondition ? [label('only if', checkText(step.precondition))] : []),
    label('interrupts', step.interrupts === '' ? 'nothing' : step.interrupts),
    ...(step.check ? [label('then', checkText(step.check))] : []),
    label('undo', step.undo.length > 0 ? lineOf(step.undo) : style.unsure(step.undoNote)),
  ]
}

const checkText = ({ text, within }: Check): string => `${text}${within > 0 ? ` (within ${within} s)` : ''}`

/** Counts of a part say that they are. */
export function sampleNote({ repaired, broken, unchanged, unsure, sampledFrom }: Proof): string {
  if (sampledFrom === null) return ''
  return ` (of ${repaired + broken + unchanged + unsure} pairs, evenly out of ${sampledFrom})`
}

function proofLines(proof: Proof | null, style: Style): readonly string[] {
  if (!proof) return [style.unsure('The model cannot follow any of these steps: there is no proof.')]
  const { repaired, broken, unchanged, unsure, flows, unmodelled } = proof
  const counts = [
    style.good(`${repaired} repaired`),
    broken > 0 ? style.bad(`${broken} broken`) : '0 broken',
    `${unchanged} unchanged`,
    ...(unsure > 0 ? [style.unsure(`${unsure} not known any more`)] : []),
  ]
  return [
    `${style.strong('On the model')}, flows: ${counts.join(', ')}${sampleNote(proof)}`,
    ...flows.slice(0, SHOWN).map(({ from, to, before, after }) => `  ${from} → ${to}: ${before}, then ${after}`),
    ...(flows.length > SHOWN ? [`  and ${repaired + broken + unsure - SHOWN} more`] : []),
    ...(unmodelled.length > 0 ? [style.unsure(`  The model cannot follow step ${unmodelled.join(', ')}.`)] : []),
  ]
}

const SHOWN = 12

function guardLine({ id, status, text }: Guard, style: Style): string {
  const mark = status === 'holds' ? style.good('ok') : status === 'fails' ? style.bad('no') : style.unsure('??')
  return `${mark}  ${text}${status === 'holds' ? '' : `  (${id})`}`
}
