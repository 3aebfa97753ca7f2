import type { Outcome } from '../../datapath/trace.ts'
import { commandFor } from '../../model/commands.ts'
import type { Style } from '../style.ts'
import { capital } from './headline.ts'

/** What the answer rests on and what it lacks, with the command that would settle it. Said once, however many ways there are. */
export function openEnds(outcomes: readonly Outcome[], style: Style): readonly string[] {
  const all = outcomes.flatMap((o) => (o.reply ? [o, o.reply] : [o]))
  const assumptions = [...new Set(all.flatMap((o) => o.assumptions))]
  const missing = new Map<string, Set<string>>()
  for (const { evidence, why } of all.flatMap((o) => o.missing)) missing.set(evidence, (missing.get(evidence) ?? new Set()).add(why))
  const lines: string[] = []
  if (assumptions.length > 0) lines.push('', style.strong('Taken for granted'), ...assumptions.map((a) => `  ${capital(a)}`))
  if (missing.size > 0) lines.push('', style.unsure(style.strong('Missing evidence')))
  for (const [evidence, whys] of missing) {
    for (const why of whys) lines.push(`  ${capital(why)}`)
    lines.push(style.dim(`    ${settle(evidence)}`))
  }
  return lines
}

function settle(evidence: string): string {
  const found = commandFor(evidence)
  if (!found) return `would be settled by ${evidence}`
  return `settle it${found.host === undefined ? '' : ` on ${found.host}`}:  ${found.command} > ${evidence.split('/').at(-1)}   (goes to ${evidence} in the bundle)`
}
