import type { Finding } from '../finding.ts'
import type { Check, Found } from './check.ts'
import type { CheckScene } from './scene.ts'

/** What all checks found. */
export interface CheckReport {
  readonly findings: readonly Finding[]
  /** Checks that looked at something and found nothing. */
  readonly passed: readonly string[]
  readonly skipped: readonly { readonly id: string; readonly missing: string }[]
}

const ORDER: Readonly<Record<Finding['severity'], number>> = { error: 0, warning: 1, info: 2 }

/** Runs the checks over the evidence. What one of them could not look at is said, whether or not it found something. */
export function runChecks(scene: CheckScene, checks: readonly Check[]): CheckReport {
  const findings: Finding[] = []
  const passed: string[] = []
  const skipped: { id: string; missing: string }[] = []
  for (const check of checks) {
    const { looked, findings: found, missing } = check.run(scene)
    findings.push(...found.map((one) => findingOf(check, one)))
    if (looked > 0 && found.length === 0) passed.push(check.id)
    for (const evidence of missing) skipped.push({ id: check.id, missing: evidence })
    if (looked === 0 && missing.length === 0) skipped.push({ id: check.id, missing: check.evidence.join(', ') })
  }
  return { findings: once(findings).sort((a, b) => ORDER[a.severity] - ORDER[b.severity]), passed, skipped }
}

function findingOf({ id, runbook }: Check, found: Found): Finding {
  const { severity, cause, host, object, text, because } = found
  const mends = found.runbook ?? runbook
  return { id, severity, cause, where: { host: host ?? '', object }, text, because, runbook: mends === '' ? undefined : mends }
}

const once = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((finding) => [JSON.stringify([finding.id, finding.where, finding.text]), finding])).values(),
]
