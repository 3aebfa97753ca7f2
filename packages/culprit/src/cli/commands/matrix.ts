import { createEngine, type Engine } from '@culprit/core/datapath/engine'
import type { Matrix } from '@culprit/core/datapath/matrix/matrix'
import { predictMatrix } from '@culprit/core/datapath/matrix/predict'
import type { Document } from '@culprit/core/intake/document'
import { judgeMatrix } from '@culprit/core/report/matrix/counts'
import { matrixCsv } from '@culprit/core/report/matrix/csv'
import { matrixJson } from '@culprit/core/report/matrix/json'
import { matrixMarkdown } from '@culprit/core/report/matrix/markdown'
import { matrixText } from '@culprit/core/report/matrix/text'
import type { Whose } from '@culprit/core/report/trace/words'
import type { Probed } from '../../probe/probe.ts'
import { probeJson, probeText } from '../../probe/report.ts'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { EXIT, type ExitCode, evidenceError, usageError } from '../exit.ts'
import { createProgress, type Progress } from '../progress.ts'
import { withSignals } from '../signals.ts'

export interface MatrixFlags extends SharedFlags {
  readonly output?: 'text' | 'json' | 'csv' | 'markdown'
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly probe?: boolean
  readonly probeLimit?: number
  readonly probeSeconds?: number
  readonly ssh?: readonly string[]
  readonly sshConfig?: string
}

/** `culprit matrix`: who reaches whom, as the model of the captured machines predicts it. */
export async function matrix(evidence: readonly string[], flags: MatrixFlags, context: Context): Promise<ExitCode> {
  const progress = createProgress(process.stderr, context.quiet)
  try {
    progress.tell('reading')
    const ssh = flags.ssh ?? []
    const documents = await loadEvidence(evidence, context, { local: ssh.length === 0, ssh, sshConfig: flags.sshConfig })
    progress.tell('assembling')
    const engine = createEngine(documents)
    const predicted = predictMatrix(engine, documents, { from: flags.from ?? [], to: flags.to ?? [], progress: progress.step })
    progress.end()
    if (predicted.unknown.length > 0)
      throw usageError(
        `the evidence knows no place ${predicted.unknown.map((name) => `"${name}"`).join(', ')}`,
        placesHint(predicted.known),
      )
    if (predicted.matrix.pairs === 0)
      throw evidenceError(
        'there is no pair to look at',
        'a matrix needs two places that are known by address: hosts, namespaces, pods, Services',
      )
    const probed = flags.probe ? await probe(engine, predicted.matrix, flags, progress) : undefined
    progress.end()
    for await (const part of printed(predicted.matrix, probed, flags, documents, context)) await context.out.write(part)
    return probed && exitCode(predicted.matrix) === EXIT.fine && probed.compared.some(({ agrees }) => agrees === false)
      ? EXIT.fault
      : exitCode(predicted.matrix)
  } finally {
    progress.end()
  }
}

const placesHint = (known: readonly string[]): string =>
  `known: ${known.slice(0, 12).join(', ')}${known.length > 12 ? ` and ${known.length - 12} more` : ''}; * stands for any part of a name: host/*, pod/default/*`

async function* printed(
  result: Matrix,
  probed: Probed | undefined,
  flags: MatrixFlags,
  documents: readonly Document[],
  context: Context,
): AsyncGenerator<string> {
  switch (flags.output) {
    case 'json':
      yield `${JSON.stringify(probed ? { ...(matrixJson(result) as object), probe: probeJson(probed) } : matrixJson(result))}\n`
      return
    case 'csv':
      yield* matrixCsv(result)
      return
    case 'markdown':
      yield* matrixMarkdown(result, await whoseIn(documents))
      return
    default:
      for (const line of matrixText(result, { style: context.style, whose: await whoseIn(documents), whole: context.verbose }))
        yield `${line}\n`
      if (probed) for (const line of probeText(probed, context.style, context.verbose)) yield `${line}\n`
  }
}

/** Real attempts, from whatever places of the matrix are on this machine or one that --ssh names. */
async function probe(engine: Engine, matrix: Matrix, flags: MatrixFlags, progress: Progress): Promise<Probed> {
  const [{ reachHosts }, { probeMatrix }] = await Promise.all([import('../../probe/reach.ts'), import('../../probe/probe.ts')])
  return withSignals(async (signal) => {
    const { reach, close } = await reachHosts(flags.ssh ?? [], flags.sshConfig, signal)
    try {
      const { probeLimit: limit = 500, probeSeconds: seconds = 4 } = flags
      return await probeMatrix(engine, matrix, reach, { limit, seconds, named: flags.to !== undefined, signal, progress: progress.step })
    } finally {
      await close()
    }
  })
}

async function whoseIn(documents: readonly Document[]): Promise<Whose> {
  const [{ createWhose }, { loadOwners }] = await Promise.all([import('@culprit/core/report/explain/whose'), import('../knowledge.ts')])
  return createWhose(documents, loadOwners())
}

function exitCode(result: Matrix): ExitCode {
  switch (judgeMatrix(result)) {
    case 'fine':
      return EXIT.fine
    case 'fault':
      return EXIT.fault
    case 'unknown':
      return EXIT.evidence
  }
}
