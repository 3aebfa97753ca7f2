import { readFileSync } from 'node:fs'
import { createEngine, type Engine } from '@culprit/core/datapath/engine'
import type { Check } from '@culprit/core/diagnose/checks/check'
import { CHECKS } from '@culprit/core/diagnose/checks/registry'
import type { CheckReport } from '@culprit/core/diagnose/checks/run'
import { wordsOf } from '@culprit/core/repair/words'
import { type Criterion, type Judged, readWanted } from '@culprit/core/report/criteria/criterion'
import { judgeOnModel } from '@culprit/core/report/criteria/on-model'
import { judgeLive } from '../../criteria/live.ts'
import { reachPlaces } from '../../criteria/places.ts'
import { readCriteria } from '../../criteria/read.ts'
import { criteriaJson, criteriaText, exitCodeOf } from '../../criteria/report.ts'
import { capture, documentsOf } from '../../repair/capture.ts'
import { targetOf } from '../../repair/target.ts'
import type { Context } from '../context.ts'
import { HERE, loadEvidence } from '../evidence.ts'
import { type ExitCode, evidenceError, usageError } from '../exit.ts'
import { withSignals } from '../signals.ts'
import { type CheckFlags, reportOn, runOver } from './check.ts'

type Flags = CheckFlags & { readonly criteria: string }

/** `culprit check --criteria FILE`: does everything hold that must, once it is mended? Tried here and now, or asked of the model of the evidence. */
export async function checkCriteria(evidence: readonly string[], flags: Flags, context: Context): Promise<ExitCode> {
  refuseMixed(evidence, flags)
  const criteria = fromFile(flags.criteria)
  const judged = evidence.length > 0 ? await onEvidence(criteria, evidence, context) : await live(criteria, flags, context)
  if (flags.output === 'json') await context.out.write(`${JSON.stringify(criteriaJson(judged), null, 2)}\n`)
  else for (const line of criteriaText(judged, context.style)) await context.out.write(`${line}\n`)
  return exitCodeOf(judged)
}

function refuseMixed(evidence: readonly string[], flags: Flags): void {
  if (flags.only !== undefined) throw usageError('--criteria and --only cannot be used together', 'the criteria say what is checked')
  if (flags.output === 'sarif' || flags.output === 'markdown')
    throw usageError(`--criteria gives no -o ${flags.output}`, 'use -o text or json')
  const places = flags.netns ?? flags.ssh?.[0]
  if (evidence.length > 0 && places !== undefined)
    throw usageError('evidence is asked, and a machine is named', 'leave out the evidence to try the criteria there')
  if (flags.criteria === '-' && evidence.includes('-')) throw usageError('standard input cannot hold both the evidence and the criteria')
}

function fromFile(file: string): readonly Criterion[] {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw evidenceError(`cannot read ${file}`, 'culprit diagnose … -o json writes criteria', cause)
  }
  const read = readCriteria(text)
  if ('problem' in read)
    throw evidenceError(
      `${file} holds no criteria: ${read.problem}`,
      'culprit diagnose … -o json and culprit repair plan … -o json hold some',
    )
  return read
}

async function onEvidence(criteria: readonly Criterion[], evidence: readonly string[], context: Context): Promise<readonly Judged[]> {
  const passes = checked(criteria, (ids) => runOver(evidence, ids, context, HERE))
  let engine: Engine | undefined
  const judged: Judged[] = []
  for (const criterion of criteria) {
    const check = checkOf(criterion)
    const wanted = readWanted(criterion.expect)
    if (check !== undefined) judged.push(await passes(criterion, check))
    else if (criterion.flow && wanted && wanted.kind !== 'output') {
      engine ??= createEngine(await loadEvidence(evidence, context))
      judged.push(judgeOnModel(engine, criterion, criterion.flow, wanted))
    } else judged.push({ criterion, status: 'undecided', answer: 'evidence runs no command, and the criterion names no connection' })
  }
  return judged
}

async function live(criteria: readonly Criterion[], flags: Flags, context: Context): Promise<readonly Judged[]> {
  const { netns, ssh = [], sshConfig } = flags
  const target = targetOf(netns === undefined ? {} : { netns })
  const passes = checked(criteria, async (checks) =>
    target.name === undefined
      ? runOver([], checks, context, { local: true, ssh, sshConfig })
      : reportOn(documentsOf(await capture(target.executor, target.name)), checks),
  )
  return withSignals(async (signal) => {
    const places = await reachPlaces(target, ssh, sshConfig, signal)
    try {
      const judged: Judged[] = []
      for (const criterion of criteria) {
        const check = checkOf(criterion)
        const judge =
          check === undefined ? judgeLive(criterion, { places, here: target.executor, seconds: SECONDS, signal }) : passes(criterion, check)
        judged.push(await judge)
      }
      return judged
    } finally {
      await places.close()
      await target.close()
    }
  })
}

/** A missing neighbour shows after three seconds. */
const SECONDS = 4

/** `culprit check --only ID`: which check it is. */
function checkOf({ argv, command }: Criterion): string | undefined {
  const [program, verb, only, id, ...more] = argv ?? wordsOf(command) ?? []
  return program === 'culprit' && verb === 'check' && only === '--only' && more.length === 0 && CHECKS.some((check) => check.id === id)
    ? id
    : undefined
}

/** The checks that the criteria name are run together, when the first of them is asked for. */
function checked(
  criteria: readonly Criterion[],
  run: (checks: readonly Check[]) => Promise<CheckReport>,
): (criterion: Criterion, id: string) => Promise<Judged> {
  let report: Promise<CheckReport> | undefined
  return async (criterion, id) => {
    report ??= run(CHECKS.filter((check) => criteria.some((one) => checkOf(one) === check.id)))
    return judgeCheck(criterion, id, await report)
  }
}

function judgeCheck(criterion: Criterion, id: string, { findings, passed, skipped }: CheckReport): Judged {
  const found = findings.filter((finding) => finding.id === id)
  const error = found.find(({ severity }) => severity === 'error')
  if (error) return { criterion, status: 'fails', by: 'check', answer: error.text }
  if (found.length === 0 && !passed.includes(id))
    return {
      criterion,
      status: 'undecided',
      by: 'check',
      answer: `it needs ${skipped.find((one) => one.id === id)?.missing ?? 'more evidence'}`,
    }
  return { criterion, status: 'holds', by: 'check', answer: found[0]?.text ?? 'nothing was found' }
}
