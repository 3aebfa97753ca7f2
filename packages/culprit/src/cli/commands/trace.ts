import { createEngine } from '@culprit/core/datapath/engine'
import type { TraceResult } from '@culprit/core/datapath/trace'
import type { Document } from '@culprit/core/intake/document'
import { traceJson } from '@culprit/core/report/trace/json'
import { type Judgement, judgeResult } from '@culprit/core/report/trace/judge'
import type { Detail } from '@culprit/core/report/trace/options'
import { traceText } from '@culprit/core/report/trace/text'
import type { Whose } from '@culprit/core/report/trace/words'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { EXIT, type ExitCode, usageError } from '../exit.ts'
import { requestFromFlags } from '../request.ts'
import { traceRequests } from './trace-requests.ts'

export interface TraceFlags extends SharedFlags {
  readonly output?: 'text' | 'json' | 'jsonl'
  readonly from?: string
  readonly to?: string
  readonly requests?: string
  readonly src?: string
  readonly host?: string
  readonly iif?: string
  readonly sport?: number
  readonly flags?: string
  readonly mark?: number
  readonly ttl?: number
  readonly tos?: number
  readonly length?: number
  readonly icmp?: string
  readonly detail?: Detail
}

/** `culprit trace`: one packet, or with --requests as many as the file has lines. */
export async function trace(evidence: readonly string[], flags: TraceFlags, context: Context): Promise<ExitCode> {
  const request = flags.requests === undefined ? requestFromFlags(flags) : undefined
  if (flags.requests !== undefined) refuseBoth(evidence, flags)
  const documents = await loadEvidence(evidence, context)
  const engine = createEngine(documents)
  const whose = flags.output === 'text' ? await ownersOf(documents) : () => undefined
  if (request === undefined) return traceRequests(engine, flags.requests ?? '-', flags, whose, context)
  const result = engine.trace(request, { verbose: context.verbose, reply: true })
  if ('kind' in result) throw usageError(result.text, result.hint)
  await context.out.write(printed(result, flags, whose, context))
  return exitCodeOf(judgeResult(result))
}

/** Names of whose rules are met, which only the text tells: the knowledge about owners is loaded for it alone. */
async function ownersOf(documents: readonly Document[]): Promise<Whose> {
  const [{ createWhose }, { loadOwners }] = await Promise.all([import('@culprit/core/report/explain/whose'), import('../knowledge.ts')])
  return createWhose(documents, loadOwners())
}

function printed(result: TraceResult, flags: TraceFlags, whose: Whose, context: Context): string {
  if (flags.output === 'json') return `${JSON.stringify(traceJson(result), null, 2)}\n`
  if (flags.output === 'jsonl') return `${JSON.stringify(traceJson(result))}\n`
  return traceText(result, { detail: flags.detail ?? (context.verbose ? 'full' : 'summary'), style: context.style, whose })
}

export function exitCodeOf(judgement: Judgement): ExitCode {
  switch (judgement) {
    case 'fine':
      return EXIT.fine
    case 'fault':
      return EXIT.fault
    case 'unknown':
      return EXIT.evidence
  }
}

const OF_ONE = ['from', 'to', 'src', 'host', 'iif', 'sport', 'flags', 'mark', 'ttl', 'tos', 'length', 'icmp'] as const

/** With --requests each line says where it goes; an option beside it would silently do nothing. */
function refuseBoth(evidence: readonly string[], flags: TraceFlags): void {
  const also = OF_ONE.filter((name) => flags[name] !== undefined)
  if (also.length > 0)
    throw usageError(`--requests and --${also[0]} cannot be used together`, `put "${also[0]}" into the lines of the requests file`)
  if (flags.output === 'json') throw usageError('--requests prints a line a request, and -o json is one object', 'use -o jsonl')
  if (flags.requests === '-' && evidence.includes('-'))
    throw usageError('standard input cannot hold both the evidence and the requests', 'put one of them into a file')
}
