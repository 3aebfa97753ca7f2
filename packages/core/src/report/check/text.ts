import type { CheckReport } from '../../diagnose/checks/run.ts'
import type { Finding } from '../../diagnose/finding.ts'
import { escapeAll } from '../escape.ts'
import type { Style } from '../style.ts'

const MOST_BECAUSE = 4

/** The findings, worst first, each with what it rests on and what mends it; then what holds, and what could not be looked at. */
export function* checkText(report: CheckReport, style: Style, verbose: boolean): Generator<string> {
  const { findings, passed, skipped } = escapeAll(report)
  for (const finding of findings) yield* findingText(finding, style)
  if (findings.length > 0) yield ''
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length
  yield `${style.strong(sum(count('error'), 'error'))}, ${sum(count('warning'), 'warning')}, ${sum(count('info'), 'note')}; ${passed.length} checks passed, ${new Set(skipped.map(({ id }) => id)).size} could not look at everything`
  if (!verbose) return
  for (const id of passed) yield `  ${style.good('passed')}  ${id}`
  for (const { id, missing } of skipped) yield `  ${style.unsure('skipped')} ${id}: needs ${missing}`
}

const sum = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function* findingText({ severity, where, text, because, id, cause, runbook }: Finding, style: Style): Generator<string> {
  const mark = severity === 'error' ? style.bad('error  ') : severity === 'warning' ? style.unsure('warning') : style.dim('note   ')
  yield `${mark} ${where.host === '' ? '' : `${style.strong(where.host)}: `}${text}`
  const told = because.filter((one) => one.source !== undefined)
  for (const one of told.slice(0, MOST_BECAUSE)) yield style.dim(`        ${one.source?.file}:${one.source?.line}: ${cut(one.text)}`)
  if (told.length > MOST_BECAUSE) yield style.dim(`        and ${told.length - MOST_BECAUSE} more`)
  yield style.dim(`        ${id}${cause === undefined ? '' : ` · ${cause}`}${runbook === undefined ? '' : ` · runbook ${runbook}`}`)
}

const cut = (text: string): string => (text.length > 160 ? `${text.slice(0, 160)}…` : text)
