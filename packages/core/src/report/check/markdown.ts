import type { CheckReport } from '../../diagnose/checks/run.ts'
import { escapeAll } from '../escape.ts'

/** A table of the findings, and lists of the rest: to be put into a ticket. */
export function* checkMarkdown(report: CheckReport): Generator<string> {
  const { findings, passed, skipped } = escapeAll(report)
  yield '# Checks'
  yield ''
  if (findings.length === 0) yield 'Nothing was found.'
  else {
    yield '| severity | where | what | cause | runbook | evidence |'
    yield '|---|---|---|---|---|---|'
    for (const { severity, where, text, cause, runbook, because } of findings) {
      const sources = because.flatMap(({ source }) => (source === undefined ? [] : [`${source.file}:${source.line}`]))
      yield `| ${[severity, [where.host, where.object].filter((part) => part !== '').join(': '), text, cause ?? '', runbook ?? '', [...new Set(sources)].slice(0, 3).join(', ')].map(cell).join(' | ')} |`
    }
  }
  yield ''
  yield `**Passed:** ${passed.join(', ') || 'none'}`
  yield ''
  if (skipped.length > 0) yield '**Could not look at everything:**'
  if (skipped.length > 0) yield ''
  for (const { id, missing } of skipped) yield `- ${id}: ${cell(missing)}`
}

/** What would end a cell, or be taken for markup. */
const cell = (text: string): string => text.replace(/([\\`*_{}[\]<>|#])/g, '\\$1')
