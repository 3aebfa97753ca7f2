import type { CheckReport } from '../../diagnose/checks/run.ts'

/** `culprit.check/v1` of INTERFACE. */
export function checkJson({ findings, passed, skipped }: CheckReport): unknown {
  return {
    schema: 'culprit.check/v1',
    findings: findings.map(({ id, severity, cause, where, text, because, runbook }) => ({
      id,
      severity,
      cause: cause ?? null,
      where,
      text,
      because: because.map((one) => ({ text: one.text, source: one.source ?? null })),
      runbook: runbook ?? null,
    })),
    passed,
    skipped,
  }
}
