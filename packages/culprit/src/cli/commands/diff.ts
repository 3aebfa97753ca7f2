import { type Comparison, compareEvidence } from '@culprit/core/diagnose/comparison'
import type { Document } from '@culprit/core/intake/document'
import type { OwnerBook } from '@culprit/core/netfilter/owners/book'
import { diffJson } from '@culprit/core/report/diff/json'
import { diffMarkdown } from '@culprit/core/report/diff/markdown'
import { diffText } from '@culprit/core/report/diff/text'
import { createWhose } from '@culprit/core/report/explain/whose'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { EXIT, type ExitCode, usageError } from '../exit.ts'
import { loadOwners } from '../knowledge.ts'
import { createProgress } from '../progress.ts'

export interface DiffFlags extends SharedFlags {
  readonly output?: 'text' | 'json' | 'markdown'
  readonly from?: string
  readonly to?: string
  /** false: `--no-flows` */
  readonly flows?: boolean
}

/** `culprit diff`: what changed between two snapshots, and which flows that changes. Without AFTER: this machine as it is now. */
export async function diff(snapshots: readonly string[], flags: DiffFlags, context: Context): Promise<ExitCode> {
  const [before = '', after, third] = snapshots
  if (third !== undefined) throw usageError('two snapshots are compared, not more', 'culprit diff BEFORE AFTER')
  if (before === '-' && after === '-') throw usageError('standard input can be one of the two snapshots only')
  if ((flags.from === undefined) !== (flags.to === undefined)) throw usageError('--from and --to go together: the two ends of one flow')
  const old = await loadEvidence([before], context)
  const now = await loadEvidence(after === undefined ? [] : [after], context)
  const book = loadOwners()
  const progress = createProgress(process.stderr, context.quiet)
  progress.tell('comparing')
  const asked = flags.from !== undefined && flags.to !== undefined ? [{ from: flags.from, to: flags.to }] : []
  const comparison = compareEvidence(old, now, book, { flows: flags.flows ?? true, asked })
  progress.end()
  for (const part of printed(comparison, old, now, book, flags, context)) await context.out.write(part)
  return comparison.found.length > 0 ? EXIT.fault : comparison.nothing ? EXIT.evidence : EXIT.fine
}

function* printed(
  comparison: Comparison,
  before: readonly Document[],
  after: readonly Document[],
  book: OwnerBook,
  flags: DiffFlags,
  { style, verbose }: Context,
): Generator<string> {
  const whose = { before: createWhose(before, book), after: createWhose(after, book) }
  const options = { style, whose, administrator: book.administrator.id, whole: verbose }
  if (flags.output === 'json') yield `${JSON.stringify(diffJson(comparison, whose))}\n`
  else for (const line of flags.output === 'markdown' ? diffMarkdown(comparison, options) : diffText(comparison, options)) yield `${line}\n`
}
