import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { incidentLine, incidentText, statusText } from '../../watch/report.ts'
import { readStatus, type WatchFolder, watchFolder } from '../../watch/state/folder.ts'
import { eventsOf, pastOf } from '../../watch/state/journal.ts'
import { lockFile } from '../../watch/state/lock.ts'
import type { Context, SharedFlags } from '../context.ts'
import { EXIT, type ExitCode, evidenceError, usageError } from '../exit.ts'
import { stateFolder } from './watch.ts'

export interface WatchRunFlags extends SharedFlags {
  readonly output?: 'text' | 'json'
  readonly state?: string
  readonly all?: boolean
}

/** `culprit watch status`: does it run, how do the criteria stand, what is open. Exit code 1 where something fails. */
export async function watchStatus(flags: WatchRunFlags, { out, style }: Context): Promise<ExitCode> {
  const folder = watchFolder(stateFolder(flags.state))
  const status = readStatus(folder)
  const past = pastOf(journalText(folder))
  const incidents = [...past.incidents.values()]
  const open = incidents.filter(({ state }) => state !== 'closed')
  const running = await isRunning(folder)
  if (flags.output === 'json') {
    const { schema, ...rest } = status ?? { schema: 'culprit.watch/v1' as const }
    await out.write(`${JSON.stringify({ schema, running, ...rest, incidents: open }, null, 2)}\n`)
  } else await out.write(statusText(status, running, incidents, style))
  return open.some(({ state }) => state === 'open') ? EXIT.fault : EXIT.fine
}

/** `culprit watch incidents [ID]`. */
export async function watchIncidents(id: string | undefined, flags: WatchRunFlags, { out, style }: Context): Promise<ExitCode> {
  const folder = watchFolder(stateFolder(flags.state))
  const text = journalText(folder)
  const all = [...pastOf(text).incidents.values()]
  if (id === undefined) {
    const shown = flags.all ? all : all.filter(({ state }) => state !== 'closed')
    if (flags.output === 'json') await out.write(`${JSON.stringify({ schema: 'culprit.incidents/v1', incidents: shown }, null, 2)}\n`)
    else if (shown.length === 0)
      await out.write(`${flags.all ? 'There has been no incident.' : 'No incident is open (--all shows closed ones).'}\n`)
    else for (const one of shown) await out.write(`${incidentLine(one, style)}\n`)
    return EXIT.fine
  }
  const incident = all.find((one) => one.id === id)
  if (!incident) throw usageError(`there is no incident ${id}`, 'culprit watch incidents --all lists them')
  const events = eventsOf(text, id)
  if (flags.output === 'json')
    await out.write(
      `${JSON.stringify({ schema: 'culprit.incident/v1', incident, events: events.map(({ incident: _, ...event }) => event) }, null, 2)}\n`,
    )
  else await out.write(incidentText(incident, events, style))
  return EXIT.fine
}

/** `culprit watch resume`: repairs by itself may go on after one that failed. */
export async function watchResume(flags: WatchRunFlags, { out }: Context): Promise<ExitCode> {
  const folder = watchFolder(stateFolder(flags.state))
  try {
    mkdirSync(folder.path, { recursive: true, mode: 0o700 })
    writeFileSync(folder.resume, '', { mode: 0o600 })
  } catch (error) {
    throw evidenceError(
      `${folder.resume} cannot be written: ${error instanceof Error ? error.message : error}`,
      'run it as the user of the watch',
    )
  }
  await out.write('Repairs go on with the next round of the watch.\n')
  return EXIT.fine
}

function journalText(folder: WatchFolder): string {
  try {
    return readFileSync(folder.journal, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw evidenceError(
      `${folder.journal} cannot be read: ${error instanceof Error ? error.message : error}`,
      'run it as the user of the watch',
    )
  }
}

/** Whoever works on the folder holds its lock. */
async function isRunning(folder: WatchFolder): Promise<boolean> {
  const lock = await lockFile(folder.lock, 0)
  if (lock.kind === 'held') await lock.release()
  return lock.kind === 'taken'
}
