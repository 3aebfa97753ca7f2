import type { Runbook, RunbookCheck, RunbookStep } from '../../repair/runbook.ts'
import { lineOf } from '../../repair/words.ts'
import type { Style } from '../style.ts'

/** The runbooks, a line each. */
export function runbooksReport(runbooks: readonly Runbook[], style: Style): string {
  const width = Math.max(...runbooks.map(({ id }) => id.length))
  return runbooks.map(({ id, title }) => `${style.strong(id.padEnd(width))}  ${title}\n`).join('')
}

/** One runbook for a terminal. */
export function runbookReport(runbook: Runbook, style: Style): string {
  const lines = [
    style.strong(runbook.title),
    runbook.when,
    `mends: ${runbook.causes.join(', ')}`,
    '',
    ...(runbook.parameters.length > 0 ? ['Parameters (--set NAME=VALUE):', ...runbook.parameters.map(parameterText), ''] : []),
    ...runbook.steps.flatMap((step, i) => [
      `${i + 1}. ${lineOf(step.command)}`,
      ...detailsOf(step).map(([name, text]) => `   ${style.dim(name.padEnd(11))}${text}`),
      '',
    ]),
    ...(runbook.after.length > 0 ? ['It has worked when:', ...runbook.after.map((check) => `  ${checkText(check)}`)] : []),
    `It stops: ${runbook.stops}`,
    style.dim(
      `plan it:  culprit repair plan --runbook ${runbook.id}${runbook.parameters
        .filter((one) => one.default === undefined)
        .map(({ name }) => ` --set ${name}=…`)
        .join('')}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

const parameterText = ({ name, type, what, choices, default: value }: Runbook['parameters'][number]): string =>
  `  ${name.padEnd(12)}${what} (${choices ? choices.join(', ') : type}${value === undefined ? '' : `; ${value} when left out`})`

const checkText = ({ text, within }: RunbookCheck): string => `${text}${within ? ` (within ${within} s)` : ''}`

const conditionText = (condition: NonNullable<RunbookStep['only']>): string =>
  Object.entries(condition)
    .map(([name, wanted]) => `${name} is ${[wanted].flat().join(' or ')}`)
    .join(' and ')

function detailsOf(step: RunbookStep): readonly (readonly [string, string])[] {
  return [
    ['why', step.why],
    ['where', step.where === 'host' ? 'the host' : 'where kubectl works'],
    ...(step.each === undefined ? [] : [['for each', step.each] as const]),
    ...(step.only === undefined ? [] : [['where', conditionText(step.only)] as const]),
    ...(step.unless === undefined ? [] : [['not where', conditionText(step.unless)] as const]),
    ...(step.precondition === undefined ? [] : [['only if', checkText(step.precondition)] as const]),
    ['interrupts', step.interrupts ?? 'nothing'],
    ...(step.check === undefined ? [] : [['then', checkText(step.check)] as const]),
    ...(step.undo === undefined ? [] : [['undo', step.undo.length > 0 ? lineOf(step.undo) : 'nothing is left to take back'] as const]),
  ]
}

/** All runbooks as a page of the reference. */
export function runbooksMarkdown(runbooks: readonly Runbook[]): string {
  const page = runbooks.map(
    (runbook) => `## ${runbook.id}

**${cell(runbook.title)}.** ${cell(runbook.when)}

Mends: ${runbook.causes.map((cause) => `\`${cause}\``).join(', ')}
${runbook.parameters.length > 0 ? `\n| parameter | is | when left out |\n|---|---|---|\n${runbook.parameters.map(({ name, type, what, choices, default: value }) => `| \`${name}\` | ${cell(what)} (${choices ? choices.join(', ') : type}) | ${value === undefined ? 'must be given' : `\`${cell(value)}\``} |\n`).join('')}` : ''}
| step | command | details |
|---|---|---|
${runbook.steps
  .map(
    (step, i) =>
      `| ${i + 1} | \`${cell(lineOf(step.command))}\` | ${detailsOf(step)
        .map(([name, text]) => `*${name}*: ${cell(text)}`)
        .join('<br>')} |\n`,
  )
  .join('')}${runbook.after.length > 0 ? `\nIt has worked when: ${runbook.after.map((check) => cell(checkText(check))).join('; ')}.\n` : ''}
It stops: ${cell(runbook.stops)}
`,
  )
  return `# Runbooks

Written from \`knowledge/runbooks\` by \`npm run docs:runbooks\`; a test fails when they differ. Each runs as a plan: \`culprit repair plan --runbook ID --set NAME=VALUE\`.
Where a step gives no undo, it is derived from what the step does ([repair](../repair.md)).

${page.join('\n')}`
}

/** For a table's cell. */
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replace(/\s*\n\s*/g, ' ')
    .trim()
