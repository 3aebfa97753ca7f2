import { readFileSync } from 'node:fs'
import type { Ran } from '../../exec/executor.ts'
import { parsePlan } from '../../repair/plan-file.ts'
import type { Question } from '../examine/question.ts'
import type { RepairOutcome } from '../incident.ts'
import type { Self } from '../self.ts'
import type { Chosen } from './choose.ts'

/** A plan that is written and not applied. */
export type Planned =
  | { readonly kind: 'planned'; readonly id: string; readonly file: string; readonly accept: readonly string[] }
  | { readonly kind: 'failed'; readonly why: string }

export interface Ended {
  readonly outcome: Exclude<RepairOutcome, 'under-way'>
  readonly why: string
}

export interface PlanRequest {
  readonly chosen: Chosen
  readonly host: string
  /** The bundle that the diagnosis was made from: the plan is proved on it, and refused where the machine is another by now. */
  readonly evidence: string
  /** What failed, where it is a flow. */
  readonly question: Question | undefined
  readonly timer: number
  readonly state: string
  readonly file: string
}

/** Plans with `culprit repair plan`: what is refused there is refused here. */
export async function planRepair(self: Self, request: PlanRequest, signal?: AbortSignal): Promise<Planned> {
  const { chosen, host, evidence, question, timer, state, file } = request
  const { permission, option } = chosen
  const means = option
    ? [
        '--option',
        option.id,
        ...(question ? ['--from', question.from, '--to', question.to, ...(question.symptom ? ['--symptom', question.symptom] : [])] : []),
      ]
    : ['--runbook', permission.runbook ?? '', ...Object.entries(permission.set).flatMap(([name, value]) => ['--set', `${name}=${value}`])]
  const args = [
    'repair',
    'plan',
    evidence,
    ...means,
    '--host',
    host,
    '--timer',
    String(Math.ceil(timer / 1000)),
    '--state',
    state,
    '--out',
    file,
    '-o',
    'json',
  ]
  const ran = await self(args, { timeout: 300_000, signal })
  if (ran.code !== 0) return { kind: 'failed', why: errorOf(ran) }
  const plan = parsePlan(readFileSync(file, 'utf8'))
  if ('problem' in plan) return { kind: 'failed', why: plan.problem }
  const standing = plan.guards.filter(({ status }) => status !== 'holds').map(({ id }) => id)
  return { kind: 'planned', id: plan.id, file, accept: permission.accept.filter((id) => standing.includes(id)) }
}

/** Applies and leaves the confirmation open. undefined: it waits for confirmation. */
export async function applyHeld(
  self: Self,
  { file, accept }: Extract<Planned, { kind: 'planned' }>,
  state: string,
  signal?: AbortSignal,
): Promise<Ended | undefined> {
  const args = ['repair', 'apply', file, '--hold', '--state', state, ...accept.flatMap((id) => ['--accept', id])]
  const ran = await self(args, { timeout: 3_600_000, signal })
  switch (ran.code) {
    case 0:
      return undefined
    case 4:
      return { outcome: 'refused', why: errorOf(ran) }
    case 5:
      return { outcome: 'rolled-back', why: errorOf(ran) }
    case 6:
      return { outcome: 'stuck', why: errorOf(ran) }
    default:
      return { outcome: 'failed', why: errorOf(ran) }
  }
}

export async function confirm(self: Self, id: string, state: string, signal?: AbortSignal): Promise<Ended> {
  const ran = await self(['repair', 'confirm', id, '--state', state], { timeout: 330_000, signal })
  return ran.code === 0 ? { outcome: 'repaired', why: '' } : { outcome: 'rolled-back', why: errorOf(ran) }
}

export async function takeBack(self: Self, id: string, state: string, why: string, signal?: AbortSignal): Promise<Ended> {
  const ran = await self(['repair', 'rollback', id, '--state', state], { timeout: 1_000_000, signal })
  return ran.code === 0 ? { outcome: 'rolled-back', why } : { outcome: 'stuck', why: `${why}; ${errorOf(ran)}` }
}

/** What became of a repair that the watch left in the middle: what is unfinished is taken back. */
export async function reconcile(self: Self, id: string, state: string, signal?: AbortSignal): Promise<Ended> {
  const left = 'the watch ended in the middle of it'
  const ran = id === '' ? undefined : await self(['repair', 'status', id, '--state', state, '-o', 'json'], { signal })
  switch (ran && stateIn(ran)) {
    case 'confirmed':
      return { outcome: 'repaired', why: '' }
    case 'rolled-back':
      return { outcome: 'rolled-back', why: `${left}, and the machine took it back` }
    case 'unfinished':
      return takeBack(self, id, state, left, signal)
    case 'stuck':
      return { outcome: 'stuck', why: `${left}, and it could not be taken back` }
    default:
      return { outcome: 'failed', why: `${left}, before anything was changed` }
  }
}

function stateIn({ stdout }: Ran): string | undefined {
  try {
    return (JSON.parse(stdout) as { repairs: { state: string }[] }).repairs[0]?.state
  } catch {
    return undefined
  }
}

/** The sentence that the program ended with. */
function errorOf({ stderr, code, end }: Ran): string {
  const said = stderr.split('\n').find((line) => line.startsWith('error: '))
  return said?.slice('error: '.length).slice(0, 500) ?? (code === null ? end : `exit code ${code}`)
}
