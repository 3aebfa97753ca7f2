import { CHECKS } from '@culprit/core/diagnose/checks/registry'
import { type CheckReport, runChecks } from '@culprit/core/diagnose/checks/run'
import { createScene } from '@culprit/core/diagnose/checks/scene'
import type { Finding } from '@culprit/core/diagnose/finding'
import type { SignatureBook } from '@culprit/core/diagnose/signatures/book'
import { matchSignatures } from '@culprit/core/diagnose/signatures/match'
import type { Document } from '@culprit/core/intake/document'
import { readCertificates } from '../../certificates/read.ts'
import { loadComponents } from '../../knowledge/components.ts'
import type { CheckCriterion, Criterion } from '../config/criteria.ts'
import type { ExaminedCriterion } from './exchange.ts'

const RANK = { info: 0, warning: 1, error: 2 } as const

export function runAllChecks(documents: readonly Document[], book: SignatureBook): CheckReport {
  const matches = matchSignatures(book, documents, new Set())
  return runChecks(
    createScene(documents, { matches, certificates: readCertificates(documents), components: loadComponents(), now: Date.now() / 1000 }),
    CHECKS,
  )
}

/** The findings that a criterion does not allow. */
export const offending = ({ findings }: CheckReport, { check: { severity, only, except } }: CheckCriterion): readonly Finding[] =>
  findings.filter(
    (finding) =>
      RANK[finding.severity] >= RANK[severity] && (only === undefined || only.includes(finding.id)) && !except.includes(finding.id),
  )

export const checkStates = (report: CheckReport, criteria: readonly Criterion[]): readonly ExaminedCriterion[] =>
  criteria.flatMap((criterion) => (criterion.kind === 'check' ? [stateOf(report, criterion)] : []))

function stateOf(report: CheckReport, criterion: CheckCriterion): ExaminedCriterion {
  const { name, check } = criterion
  const [first, ...others] = offending(report, criterion)
  if (first) return { name, state: 'fails', seen: `${first.id}: ${first.text}${others.length > 0 ? ` (and ${others.length} more)` : ''}` }
  const asked = check.only ?? []
  if (asked.length > 0 && !asked.some((id) => report.passed.includes(id)))
    return { name, state: 'unknown', seen: `there was nothing to look at: ${asked.join(', ')}` }
  return { name, state: 'holds', seen: `${report.passed.length} checks find nothing` }
}
