import { createEngine } from '@culprit/core/datapath/engine'
import { diagnose as diagnoseEvidence } from '@culprit/core/diagnose/diagnose'
import { type Diagnosis, type Question, WORTH_A_LOOK, WORTH_MENDING } from '@culprit/core/diagnose/diagnosis'
import type { Finding } from '@culprit/core/diagnose/finding'
import type { Observed, Result } from '@culprit/core/diagnose/observations/observation'
import { OBSERVATION_FORM, parseObservation } from '@culprit/core/diagnose/observations/parse-observation'
import { createOwnership } from '@culprit/core/diagnose/ownership'
import { compileSignatures } from '@culprit/core/diagnose/signatures/book'
import type { Document } from '@culprit/core/intake/document'
import { parsePlace } from '@culprit/core/model/place'
import { optionsFor } from '@culprit/core/repair/options/options'
import type { Diagnosed } from '@culprit/core/report/diagnosis/diagnosed'
import { diagnosisJson } from '@culprit/core/report/diagnosis/json'
import { diagnosisText } from '@culprit/core/report/diagnosis/text'
import { createWhose } from '@culprit/core/report/explain/whose'
import { loadRunbooks } from '../../knowledge/runbooks.ts'
import { loadSignatures } from '../../knowledge/signatures.ts'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { EXIT, type ExitCode, usageError } from '../exit.ts'
import { loadCauses, loadOwners } from '../knowledge.ts'
import { VERSION } from '../program.ts'
import type { ProbeFlags } from './diagnose-probe.ts'

export interface DiagnoseFlags extends SharedFlags, ProbeFlags {
  readonly output?: 'text' | 'json' | 'markdown' | 'html' | 'sarif'
  readonly from?: string
  readonly to?: string
  readonly symptom?: Result
  readonly src?: string
  readonly host?: string
  readonly iif?: string
  readonly observe?: readonly string[]
  readonly without?: readonly string[]
}

/** `culprit diagnose`: why something does not work, what is ruled out, and how to mend it. */
export async function diagnose(evidence: readonly string[], flags: DiagnoseFlags, context: Context): Promise<ExitCode> {
  const question = questionOf(flags)
  const probing = flags.probe ? await import('./diagnose-probe.ts') : undefined
  probing?.refuseUnasked(flags)
  const ssh = flags.ssh ?? []
  const documents = await loadEvidence(evidence, context, { local: ssh.length === 0, ssh, sshConfig: flags.sshConfig })
  const causes = loadCauses()
  const owners = loadOwners()
  const knowledge = { owners, causes, signatures: compileSignatures(loadSignatures()) }
  const engine = createEngine(documents)
  const ownership = createOwnership(documents, owners)
  const given = (flags.observe ?? []).map(observationOf)
  const diagnosed = (more: readonly Observed[]): Diagnosis =>
    diagnoseEvidence(documents, knowledge, { question, observed: [...given, ...more], without: flags.without ?? [], engine, ownership })
  const first = diagnosed([])
  refuseBadQuestion(first)
  const probes = await probing?.probeFor(first, engine, documents, flags, context)
  const diagnosis = probes ? diagnosed(probes.observed) : first
  const options = optionsFor(diagnosis, { documents, engine, ownership })
  const failing = flags.output === 'text' ? [] : await failingChecks(diagnosis, documents)
  const whose = createWhose(documents, owners, ownership)
  const report = { diagnosis, options, book: causes, whose, runbooks: loadRunbooks(), failing, tried: probes?.tried }
  await context.out.write(await printed(report, probes?.json, flags, context))
  return exitCodeOf(diagnosis)
}

/** Errors that the checks for the causes find: what must be gone in the end, beside the connections. */
async function failingChecks({ causes }: Diagnosis, documents: readonly Document[]): Promise<readonly Finding[]> {
  const named = new Set(causes.filter(({ confidence }) => confidence >= WORTH_MENDING).map(({ id }) => id))
  if (named.size === 0) return []
  const [{ CHECKS }, { reportOn }] = await Promise.all([import('@culprit/core/diagnose/checks/registry'), import('./check.ts')])
  const checks = CHECKS.filter((check) => check.causes.some((id) => named.has(id)))
  return reportOn(documents, checks).findings.filter(
    ({ severity, cause }) => severity === 'error' && cause !== undefined && named.has(cause),
  )
}

async function printed(diagnosed: Diagnosed, probe: object | undefined, { output }: DiagnoseFlags, context: Context): Promise<string> {
  switch (output) {
    case 'json':
      return `${JSON.stringify({ ...diagnosisJson(diagnosed), ...(probe ? { probe } : {}) }, null, 2)}\n`
    case 'markdown':
      return (await import('@culprit/core/report/diagnosis/markdown')).diagnosisMarkdown(diagnosed)
    case 'html':
      return (await import('@culprit/core/report/diagnosis/html')).diagnosisHtml(diagnosed)
    case 'sarif':
      return `${JSON.stringify((await import('@culprit/core/report/diagnosis/sarif')).diagnosisSarif(diagnosed, VERSION), null, 2)}\n`
    default:
      return diagnosisText(diagnosed, context.style, context.verbose)
  }
}

function observationOf(text: string): Observed {
  const read = parseObservation(text)
  if (!read) throw usageError(`--observe "${text}" cannot be read`, `write it as ${OBSERVATION_FORM}`)
  return read
}

function questionOf({ from, to, src, host, iif, symptom }: DiagnoseFlags): Question | undefined {
  if (from === undefined && to === undefined) {
    if (symptom === undefined) return undefined
    throw usageError('--symptom needs --from and --to', 'for example: --from netns/h/p1 --to 10.43.0.10:80 --symptom timeout')
  }
  if (from === undefined || to === undefined)
    throw usageError(`--${from === undefined ? 'to needs --from' : 'from needs --to'}`, 'for example: --from netns/h/p1 --to 10.43.0.10:80')
  const more = Object.entries({ src, host, iif }).filter(([, value]) => value !== undefined)
  return { request: { from, to, ...Object.fromEntries(more) }, symptom }
}

/**
 * A question that no packet can be made of is wrong usage; an attempt in notes that cannot be traced is not, nor is a failure between two
 * addresses of which the evidence holds only captures, connections or logs.
 */
function refuseBadQuestion({ question, symptoms, works }: Diagnosis): void {
  const asked =
    question && [...symptoms, ...works].find(({ request: { from, to } }) => from === question.request.from && to === question.request.to)
  if (asked?.untraceable === undefined) return
  const { request, symptom } = question as Question
  if (symptom !== undefined && [request.from, request.to].every((place) => parsePlace(place)?.place.kind === 'address')) return
  const [text = '', hint] = asked.untraceable.split('; ')
  throw usageError(text, hint)
}

function exitCodeOf({ causes, symptoms }: Diagnosis): ExitCode {
  if (causes.some(({ confidence }) => confidence > WORTH_A_LOOK)) return EXIT.fault
  return symptoms.some(({ result, outcomes }) => result !== undefined || outcomes.length === 0) ? EXIT.evidence : EXIT.fine
}
