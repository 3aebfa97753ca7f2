import type { Check } from '@culprit/core/diagnose/checks/check'
import { CHECKS } from '@culprit/core/diagnose/checks/registry'
import { type CheckReport, runChecks } from '@culprit/core/diagnose/checks/run'
import { createScene } from '@culprit/core/diagnose/checks/scene'
import { compileSignatures } from '@culprit/core/diagnose/signatures/book'
import { matchSignatures } from '@culprit/core/diagnose/signatures/match'
import type { SignatureMatch } from '@culprit/core/diagnose/signatures/signature'
import type { Document } from '@culprit/core/intake/document'
import { readDocuments } from '@culprit/core/intake/documents'
import { checkJson } from '@culprit/core/report/check/json'
import { checkMarkdown } from '@culprit/core/report/check/markdown'
import { checkSarif } from '@culprit/core/report/check/sarif'
import { checkText } from '@culprit/core/report/check/text'
import { readCertificates } from '../../certificates/read.ts'
import type { Targets } from '../../collect/collect.ts'
import { loadComponents } from '../../knowledge/components.ts'
import { loadSignatures } from '../../knowledge/signatures.ts'
import { signatureSink } from '../../logs/sink.ts'
import type { Context, SharedFlags } from '../context.ts'
import { HERE, loadEvidence } from '../evidence.ts'
import { EXIT, type ExitCode, usageError } from '../exit.ts'
import { VERSION } from '../program.ts'

export interface CheckFlags extends SharedFlags {
  readonly output?: 'text' | 'json' | 'markdown' | 'sarif'
  readonly only?: readonly string[]
  readonly criteria?: string
  readonly netns?: string
  readonly ssh?: readonly string[]
  readonly sshConfig?: string
}

/** `culprit check`: every consistency check that the evidence allows. */
export async function check(evidence: readonly string[], flags: CheckFlags, context: Context): Promise<ExitCode> {
  if (flags.criteria !== undefined)
    return (await import('./check-criteria.ts')).checkCriteria(evidence, { ...flags, criteria: flags.criteria }, context)
  if (flags.netns !== undefined || flags.ssh !== undefined)
    throw usageError(
      `--${flags.netns === undefined ? 'ssh' : 'netns'} goes with --criteria`,
      'culprit collect --ssh takes a bundle of other machines',
    )
  const checks = chosen(flags.only)
  const report = await runOver(evidence, checks, context, HERE)
  for await (const part of printed(report, flags, context)) await context.out.write(part)
  return exitCode(report)
}

function chosen(only: readonly string[] | undefined): readonly Check[] {
  if (only === undefined) return CHECKS
  const unknown = only.find((id) => !CHECKS.some((one) => one.id === id))
  if (unknown !== undefined) throw usageError(`there is no check "${unknown}"`, `checks: ${CHECKS.map(({ id }) => id).join(', ')}`)
  return CHECKS.filter(({ id }) => only.includes(id))
}

/** The checks over evidence, or over machines as they are where there is none. */
export async function runOver(
  evidence: readonly string[],
  checks: readonly Check[],
  context: Context,
  targets: Targets,
): Promise<CheckReport> {
  const book = compileSignatures(loadSignatures())
  const sink = signatureSink(book)
  const documents = await loadEvidence(evidence, context, targets, { logs: sink })
  const helm = checks.some(({ id }) => id === 'log-signatures') ? await complaintsOfHelm(evidence, documents) : []
  return reportOn(documents, checks, [...sink.found, ...matchSignatures(book, [...documents, ...helm], sink.files)])
}

/** Where charts are among the evidence, and helm is here. */
async function complaintsOfHelm(evidence: readonly string[], documents: readonly Document[]): Promise<readonly Document[]> {
  if (!documents.some(({ content }) => content.kind === 'host-state' && content.state.kind === 'chart-file')) return []
  const [{ askHelm }, { localExecutor }] = await Promise.all([import('../../charts/helm.ts'), import('../../exec/local.ts')])
  const told = await askHelm(evidence, localExecutor())
  return readDocuments(told.map(({ chart, text }) => ({ path: `${chart}/helm-lint.txt`, text, root: '' })))
}

export function reportOn(documents: readonly Document[], checks: readonly Check[], matches: readonly SignatureMatch[] = []): CheckReport {
  const scene = createScene(documents, {
    matches,
    certificates: readCertificates(documents),
    components: loadComponents(),
    now: Date.now() / 1000,
  })
  return runChecks(scene, checks)
}

function* printed(report: CheckReport, flags: CheckFlags, context: Context): Generator<string> {
  switch (flags.output) {
    case 'json':
      yield `${JSON.stringify(checkJson(report), null, 2)}\n`
      return
    case 'sarif':
      yield `${JSON.stringify(checkSarif(report, CHECKS, VERSION), null, 2)}\n`
      return
    case 'markdown':
      for (const line of checkMarkdown(report)) yield `${line}\n`
      return
    default:
      for (const line of checkText(report, context.style, context.verbose)) yield `${line}\n`
  }
}

/** Warnings and notes are no faults: a sound cluster has some. */
function exitCode({ findings, passed }: CheckReport): ExitCode {
  if (findings.some(({ severity }) => severity === 'error')) return EXIT.fault
  return findings.length === 0 && passed.length === 0 ? EXIT.evidence : EXIT.fine
}
