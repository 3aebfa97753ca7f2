import { readFileSync } from 'node:fs'
import { composePlan } from '@culprit/core/repair/compose'
import { readSshConnection } from '@culprit/core/repair/guards'
import { type Guard, type Plan, standing } from '@culprit/core/repair/plan'
import { changedParts, stateOf } from '@culprit/core/repair/state'
import { escapeTerminal } from '@culprit/core/report/escape'
import { type Applied, applyPlan, guardTexts, hasSystemd } from '../../repair/apply.ts'
import { type Captured, capture, documentsOf, ownName } from '../../repair/capture.ts'
import { parsePlan } from '../../repair/plan-file.ts'
import { type Target, type TargetFlags, targetOf } from '../../repair/target.ts'
import type { Context, SharedFlags } from '../context.ts'
import { CliError, EXIT, type ExitCode, usageError } from '../exit.ts'
import { loadOwners } from '../knowledge.ts'

export interface RepairApplyFlags extends SharedFlags, TargetFlags {
  readonly accept?: readonly string[]
  readonly timer?: number
  readonly hold?: boolean
  readonly resume?: boolean
}

/** `culprit repair apply PLAN`: the plan's guards, asked of the machine as it is now; then the plan as a transaction. */
export async function repairApply(file: string, flags: RepairApplyFlags, context: Context): Promise<ExitCode> {
  const read = readPlan(file)
  const plan = flags.timer === undefined ? read : { ...read, timer: flags.timer }
  const target = targetOf(flags)
  try {
    return await applyWithGuards(plan, target, flags, context)
  } finally {
    await target.close()
  }
}

/** Asks the guards of the machine as it is now, and applies. */
export async function applyWithGuards(
  plan: Plan,
  target: Target,
  flags: Pick<RepairApplyFlags, 'accept' | 'hold' | 'resume'>,
  context: Context,
): Promise<ExitCode> {
  const captured = await capture(target.executor, plan.target.host)
  // What a resumed repair has done so far is no reason to refuse the rest.
  if (flags.resume !== true) refuse([...(await guardHost(plan, target)), ...guardsNow(plan, captured, target)], flags.accept ?? [])
  const tell = (text: string): void => void (context.quiet || process.stderr.write(`${escapeTerminal(text)}\n`))
  const systemd = target.name === undefined && (await hasSystemd(target.executor))
  return report(
    await applyPlan(plan, captured, target.store, { tell, hold: flags.hold === true, resume: flags.resume === true, systemd }),
    context,
  )
}

function readPlan(file: string): Plan {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw new CliError(EXIT.evidence, `cannot read ${file}`, 'culprit repair plan … --out FILE writes a plan', cause)
  }
  const plan = parsePlan(text)
  if ('problem' in plan)
    throw new CliError(EXIT.evidence, `${file} is no plan: ${plan.problem}`, 'culprit repair plan … --out FILE writes one')
  return plan
}

/** A plan is for one machine: `node1` and `node1.example.com` may be the same. */
async function guardHost({ target: { host } }: Plan, target: Target): Promise<readonly Guard[]> {
  const own = target.name ?? (await ownName(target.executor))
  const short = (name: string): string => name.split('.')[0] ?? name
  if (own === host || (short(own) === short(host) && own.includes('.') !== host.includes('.'))) return []
  return [{ id: 'host', status: 'fails', text: `the plan is for ${host}, and this is ${own}` }]
}

/**
 * The guards of the plan, those of its steps and proof asked again where the machine's own state answers: a flow that has come since counts too.
 * The state must be the one that the plan was made for.
 */
function guardsNow(plan: Plan, captured: Captured, target: Target): readonly Guard[] {
  const documents = documentsOf(captured)
  const book = loadOwners()
  const changed = changedParts(plan.state, stateOf(documents, plan.target.host, plan.target.netns, book))
  const state = changed.map(
    (name): Guard => ({
      id: `state:${name.replaceAll(' ', '-')}`,
      status: 'fails',
      text: `the ${name} are not what they were when the plan was made`,
    }),
  )
  const again = composePlan(documents, {
    ...plan,
    drafts: plan.steps.map(({ command, why, undo }) => ({ command, why, undo: undo.length > 0 ? undo : undefined })),
    session: target.own ? readSshConnection(process.env.SSH_CONNECTION) : undefined,
    book,
  })
  const fresh = 'kind' in again ? [] : again.guards.filter(({ id }) => id === 'ssh-session' || id === 'proof')
  const kept = plan.guards.filter(({ id }) => !fresh.some((guard) => guard.id === id && guard.status !== 'holds'))
  return [...state, ...kept, ...fresh.filter(({ status }) => status !== 'holds')]
}

function refuse(guards: readonly Guard[], accepted: readonly string[]): void {
  const stray = accepted.find((id) => !guards.some((guard) => guard.id === id))
  if (stray !== undefined)
    throw usageError(
      `--accept ${stray}: no guard of that name speaks against it`,
      `guards: ${guards.map(({ id }) => id).join(', ') || 'none'}`,
    )
  const against = standing(guards, accepted)
  if (against.length === 0) return
  throw new CliError(
    EXIT.refused,
    `refused: ${guardTexts(against)}`,
    `plan anew, or accept each by name: ${against.map(({ id }) => `--accept ${id}`).join(' ')}`,
  )
}

/** What became of it, and its exit code. */
export async function report(applied: Applied, { out, style }: Context): Promise<ExitCode> {
  switch (applied.kind) {
    case 'applied':
      await out.write(`${style.good('Applied')} and confirmed: ${applied.id}\nTo take it back: culprit repair rollback ${applied.id}\n`)
      return EXIT.fine
    case 'held':
      await out.write(`${style.unsure('Applied, not confirmed')}: ${applied.id}\nTo keep it: culprit repair confirm ${applied.id}\n`)
      return EXIT.fine
    case 'refused':
      throw new CliError(EXIT.refused, `refused: ${applied.why}`, applied.hint)
    case 'rolled-back':
      throw new CliError(
        EXIT.rolledBack,
        `${applied.why}; everything was taken back`,
        'nothing is changed; culprit repair status shows the journal',
      )
    case 'stuck':
      throw new CliError(
        EXIT.stuck,
        `${applied.why}`,
        `culprit repair status ${applied.id} shows the folder with backup and journal; once the way is free, rollback ${applied.id}, or confirm it as it is`,
      )
  }
}
