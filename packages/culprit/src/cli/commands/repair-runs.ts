import { runbookReport, runbooksReport } from '@culprit/core/report/repair/runbooks'
import { runReport, runsReport } from '@culprit/core/report/repair/runs'
import { takeBack } from '../../repair/apply.ts'
import { isRunId, type Run, type Store } from '../../repair/store.ts'
import { type TargetFlags, targetOf } from '../../repair/target.ts'
import type { Context, SharedFlags } from '../context.ts'
import { CliError, EXIT, type ExitCode, usageError } from '../exit.ts'

export interface RepairRunFlags extends SharedFlags, TargetFlags {
  readonly output?: 'text' | 'json'
}

async function withStore<T>(flags: TargetFlags, work: (store: Store) => Promise<T>): Promise<T> {
  const target = targetOf(flags)
  try {
    return await work(target.store)
  } finally {
    await target.close()
  }
}

const shown = ({ id, state, watched, journal, plan }: Run) => ({
  id,
  state,
  watched,
  title: plan?.title ?? '',
  host: plan?.target.host ?? '',
  journal,
})

/** `culprit repair list`: every repair that this machine's state folder knows. */
export async function repairList(flags: RepairRunFlags, context: Context): Promise<ExitCode> {
  const runs = (await withStore(flags, (store) => store.list())).map(shown)
  await context.out.write(
    flags.output === 'json'
      ? `${JSON.stringify({ schema: 'culprit.repairs/v1', repairs: runs }, null, 2)}\n`
      : runsReport(runs, context.style),
  )
  return EXIT.fine
}

/** `culprit repair status`: what is unfinished, or one repair with its journal. Exit code 1 where something waits for a person. */
export async function repairStatus(id: string | undefined, flags: RepairRunFlags, context: Context): Promise<ExitCode> {
  return withStore(flags, async (store) => {
    const runs =
      id === undefined ? (await store.list()).filter(({ state }) => state === 'unfinished' || state === 'stuck') : [await known(store, id)]
    if (flags.output === 'json')
      await context.out.write(`${JSON.stringify({ schema: 'culprit.repairs/v1', repairs: runs.map(shown) }, null, 2)}\n`)
    else if (runs.length === 0) await context.out.write('No repair is unfinished.\n')
    else for (const run of runs) await context.out.write(runReport({ ...shown(run), folder: store.path(run.id) }, context.style))
    return runs.some(({ state }) => state === 'unfinished' || state === 'stuck') ? EXIT.fault : EXIT.fine
  })
}

/** `culprit repair confirm ID`: keeps a change that `apply --hold` left open. */
export async function repairConfirm(id: string, flags: RepairRunFlags, context: Context): Promise<ExitCode> {
  return withStore(flags, async (store) => {
    await known(store, id)
    const { code, lost } = await store.script(id, ['confirm'], 310)
    if (code === 0) {
      await context.out.write(`Confirmed: ${id}\n`)
      return EXIT.fine
    }
    throw new CliError(
      EXIT.rolledBack,
      code === 75 ? `${id} was taken back before it was confirmed` : `${id} could not be confirmed: ${lost ?? `exit code ${code}`}`,
    )
  })
}

/** `culprit repair rollback ID`: takes a repair back, confirmed or left unfinished by a crash. */
export async function repairRollback(id: string, flags: RepairRunFlags, context: Context): Promise<ExitCode> {
  return withStore(flags, async (store) => {
    const run = await known(store, id)
    if (run.state === 'rolled-back') {
      await context.out.write(`${id} was taken back before.\n`)
      return EXIT.fine
    }
    const end = await takeBack(id, store, 'asked for', { tell: () => undefined })
    if (end.kind !== 'rolled-back')
      throw new CliError(
        EXIT.stuck,
        `${id} could not be taken back: ${'why' in end ? end.why : ''}`,
        `the backup is in ${store.path(id, 'backup')}`,
      )
    await context.out.write(`Taken back: ${id}\n`)
    return EXIT.fine
  })
}

async function known(store: Store, id: string): Promise<Run> {
  const run = isRunId(id) ? await store.run(id) : undefined
  if (!run) throw usageError(`there is no repair ${id}`, `culprit repair list shows those in ${store.folder}`)
  return run
}

/** `culprit repair runbooks [ID]`. */
export async function repairRunbooks(id: string | undefined, flags: RepairRunFlags, context: Context): Promise<ExitCode> {
  const { loadRunbooks } = await import('../../knowledge/runbooks.ts')
  const runbooks = loadRunbooks()
  const one = id === undefined ? undefined : runbooks.get(id)
  if (id !== undefined && !one) throw usageError(`there is no runbook ${id}`, `there are ${[...runbooks.keys()].join(', ')}`)
  if (flags.output === 'json') await context.out.write(`${JSON.stringify(one ?? [...runbooks.values()], null, 2)}\n`)
  else await context.out.write(one ? runbookReport(one, context.style) : runbooksReport([...runbooks.values()], context.style))
  return EXIT.fine
}
