import type { Source } from '../../facts/source.ts'
import type { CauseId } from '../causes/ids.ts'
import type { Finding } from '../finding.ts'
import type { CheckScene } from './scene.ts'

/** Something that must hold on every sound host or cluster, and how it is looked at. */
export interface Check {
  /** Stable: reports, runbooks and scripts refer to it. */
  readonly id: string
  /** What holds where it passes, in one sentence. */
  readonly holds: string
  /** What goes wrong where it does not. */
  readonly why: string
  /** Files of a bundle that it looks at. */
  readonly evidence: readonly string[]
  /** Causes that its findings name. */
  readonly causes: readonly CauseId[]
  readonly runbook?: string
  readonly run: (scene: CheckScene) => Examined
}

/** What a check saw. Nothing looked at: it is skipped. Something looked at and nothing found: it is passed. */
export interface Examined {
  /** How many things were looked at. */
  readonly looked: number
  readonly findings: readonly Found[]
  /** Evidence without which some, or all, could not be looked at. */
  readonly missing: readonly string[]
}

/** A finding as its check makes it; the id is the check's. */
export interface Found {
  readonly severity: Finding['severity']
  readonly cause: CauseId
  readonly host?: string | undefined
  /** The device, rule, object or file at fault. */
  readonly object: string
  readonly text: string
  readonly because: readonly Because[]
  /** Where it is another than the check's; '' for none. */
  readonly runbook?: string
}

export interface Because {
  readonly text: string
  readonly source: Source | undefined
}

export const because = (text: string, source: Source | undefined): Because => ({ text, source })

export const NOTHING: Examined = { looked: 0, findings: [], missing: [] }

/** What could not be looked at, and why. */
export const missing = (...evidence: readonly string[]): Examined => ({ looked: 0, findings: [], missing: evidence })

/** One thing looked at. */
export const seen = (...findings: readonly (Found | undefined)[]): Examined => ({
  looked: 1,
  findings: findings.filter((one) => one !== undefined),
  missing: [],
})

export function together(parts: Iterable<Examined>): Examined {
  const findings: Found[] = []
  const lacking = new Set<string>()
  let looked = 0
  for (const part of parts) {
    looked += part.looked
    findings.push(...part.findings)
    for (const evidence of part.missing) lacking.add(evidence)
  }
  return { looked, findings, missing: [...lacking] }
}
