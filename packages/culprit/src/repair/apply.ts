import type { Guard, Plan, PlanStep } from '@culprit/core/repair/plan'
import type { Executor } from '../exec/executor.ts'
import { succeeded } from '../exec/executor.ts'
import { ask } from './ask.ts'
import type { Captured } from './capture.ts'
import { planText } from './plan-file.ts'
import { repairScript } from './script.ts'
import type { Store } from './store.ts'

/** How applying a plan ended. */
export type Applied =
  | { readonly kind: 'applied'; readonly id: string }
  /** All steps are done and hold; the timer runs until somebody confirms. */
  | { readonly kind: 'held'; readonly id: string }
  | { readonly kind: 'refused'; readonly why: string; readonly hint?: string }
  | { readonly kind: 'rolled-back'; readonly id: string; readonly why: string }
  | { readonly kind: 'stuck'; readonly id: string; readonly why: string }

export interface ApplyOptions {
  /** Told what happens, as it happens. */
  readonly tell: (text: string) => void
  /** Leaves the last word to a person: `repair confirm`. */
  readonly hold: boolean
  /** Goes on with a repair that a crash left in the middle, while its timer still runs. */
  readonly resume: boolean
  /** systemd runs the timer, so that it outlives the session that started it. */
  readonly systemd: boolean
}

/**
 * Carries a plan out as a transaction: backup, timer, steps, checks, confirmation. Whatever fails on the way is taken back at once, and should
 * culprit die, the machine takes it back when the timer ends. The guards have been asked before.
 */
export async function applyPlan(plan: Plan, backup: Captured, store: Store, options: ApplyOptions): Promise<Applied> {
  const { id } = plan
  const prepared = await prepare(plan, backup, store, options)
  if (prepared) return prepared
  const failure = await carryOut(plan, store, options)
  if (failure !== undefined) return takeBack(id, store, failure, options)
  if (options.hold) return { kind: 'held', id }
  const confirmed = await store.script(id, ['confirm'], 310)
  if (confirmed.code === 0) return { kind: 'applied', id }
  return takeBack(id, store, 'the timer ended before the change was confirmed', options)
}

async function prepare(plan: Plan, backup: Captured, store: Store, { tell, systemd, resume }: ApplyOptions): Promise<Applied | undefined> {
  const { id } = plan
  const earlier = await store.run(id)
  if (resume) {
    if (earlier?.state === 'unfinished' && earlier.watched) return undefined
    return {
      kind: 'refused',
      why: `${id} is ${earlier?.state ?? 'not there'}: there is nothing to go on with`,
      hint: 'culprit repair status shows what became of it',
    }
  }
  if (earlier !== undefined)
    return {
      kind: 'refused',
      why: `the plan ${id} was applied before`,
      hint: `culprit repair status shows what became of it; plan anew to repair again`,
    }
  const folder = store.path(id, 'backup')
  for (const [path, text] of backup.files) await store.write(`${folder}/${path}`, text)
  for (const step of plan.steps) {
    const problem = await saveObject(step, folder, store)
    if (problem) return { kind: 'refused', why: problem }
  }
  await store.write(store.path(id, 'plan.json'), planText(plan))
  await store.write(store.path(id, 'run.sh'), repairScript(plan, folder))
  tell(`backup: ${folder}`)
  const short = plan.timer <= 10
  const armed = await store.script(
    id,
    ['arm', String(short ? plan.timer * 5 : plan.timer), short ? '0.2' : '1', systemd ? 'systemd' : 'setsid'],
    80,
  )
  if (armed.code === 73)
    return {
      kind: 'refused',
      why: `the repair ${armed.said} is not finished`,
      hint: `culprit repair status; then culprit repair confirm ${armed.said} or rollback ${armed.said}`,
    }
  if (armed.code !== 0)
    return { kind: 'refused', why: `the timer could not be started: ${armed.said || armed.lost || `exit code ${armed.code}`}` }
  tell(`timer: the change is undone in ${plan.timer} s unless it is confirmed`)
  return undefined
}

/** An object that cannot be saved is not touched. */
async function saveObject({ save, number }: PlanStep, folder: string, store: Store): Promise<string | undefined> {
  if (!save) return undefined
  const ran = await store.executor.run({ argv: save.command })
  if (!succeeded(ran)) return `step ${number}: the object could not be saved: ${ran.stderr.trim().slice(0, 200)}`
  await store.write(`${folder}/${save.file}`, ran.stdout)
  return undefined
}

/** undefined when all is done and holds; else why not. */
async function carryOut(plan: Plan, store: Store, { tell }: ApplyOptions): Promise<string | undefined> {
  const { executor } = store
  for (const step of plan.steps) {
    const before = step.precondition && (await ask(executor, step.precondition))
    if (before?.kind === 'fails') return `step ${step.number}: not so: ${step.precondition?.text} (${before.answer})`
    tell(`step ${step.number} of ${plan.steps.length}: ${step.effect}`)
    const done = await store.script(plan.id, ['do', String(step.number)], step.timeout + 320)
    if (done.code !== 0) return `step ${step.number} failed: ${done.said.split('\n').at(-1) || done.lost || `exit code ${done.code}`}`
    const after = step.check && (await ask(executor, step.check))
    if (after?.kind === 'fails') return `step ${step.number}: not so afterwards: ${step.check?.text} (${after.answer})`
  }
  for (const criterion of plan.criteria) {
    tell(`check: ${criterion.text}`)
    const asked = await ask(executor, criterion)
    if (asked.kind === 'fails') return `not so afterwards: ${criterion.text} (${asked.answer})`
  }
  return undefined
}

/** Takes everything back that was begun. */
export async function takeBack(id: string, store: Store, why: string, { tell }: Pick<ApplyOptions, 'tell'>): Promise<Applied> {
  tell(`${why}; taking it back`)
  const undone = await store.script(id, ['undo'], 900)
  const run = await store.run(id)
  if (undone.code === 0 && run?.state === 'rolled-back') return { kind: 'rolled-back', id, why }
  const events = new Set(run?.journal.map(({ event }) => event))
  const left = [...events].filter((event) => event.startsWith('not-undone ') && !events.has(event.slice('not-'.length)))
  return {
    kind: 'stuck',
    id,
    why:
      left.length > 0
        ? `${why}; step ${left.map((event) => event.slice('not-undone '.length)).join(', ')} could not be undone`
        : `${why}; ${undone.lost ?? 'it could not be undone'}`,
  }
}

/** Does systemd run the machine, and is the executor in its own namespaces? */
export async function hasSystemd(executor: Executor): Promise<boolean> {
  return succeeded(await executor.run({ argv: ['sh', '-c', '[ -d /run/systemd/system ] && command -v systemd-run >/dev/null'] }))
}

export const guardTexts = (guards: readonly Guard[]): string => guards.map(({ id, text }) => `${id}: ${text}`).join('; ')
