import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Incident, Round, Snapshot } from '../incident.ts'
import type { Moment } from '../moment.ts'

/** Where a watch keeps what it knows: `STATE/watch`. */
export interface WatchFolder {
  readonly path: string
  readonly journal: string
  readonly lock: string
  readonly status: string
  readonly snapshots: string
  /** A person has put it there: repairs go on. */
  readonly resume: string
}

export function watchFolder(state: string): WatchFolder {
  const path = join(state, 'watch')
  const at = (name: string): string => join(path, name)
  return {
    path,
    journal: at('journal.jsonl'),
    lock: at('lock'),
    status: at('status.json'),
    snapshots: at('snapshots'),
    resume: at('resume'),
  }
}

/** What the last round came to, for `culprit watch status`, and what the next watch begins with. */
export interface Status {
  readonly schema: 'culprit.watch/v1'
  readonly pid: number
  readonly config: string
  readonly started: Moment
  readonly round: Round
  /** The snapshot of a time when every criterion held. */
  readonly good: Snapshot | null
}

/** undefined: written. Else why not. */
export function writeStatus(folder: WatchFolder, status: Status): string | undefined {
  const next = `${folder.status}.new`
  try {
    writeFileSync(next, `${JSON.stringify(status, null, 1)}\n`, { mode: 0o600 })
    renameSync(next, folder.status)
    return undefined
  } catch (error) {
    rmSync(next, { force: true })
    return error instanceof Error ? error.message : String(error)
  }
}

/** undefined: there is none, or it cannot be read. */
export function readStatus(folder: WatchFolder): Status | undefined {
  try {
    const status = JSON.parse(readFileSync(folder.status, 'utf8')) as Status
    return status.schema === 'culprit.watch/v1' ? status : undefined
  } catch {
    return undefined
  }
}

export function makeFolders(folder: WatchFolder): string | undefined {
  try {
    mkdirSync(folder.snapshots, { recursive: true, mode: 0o700 })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export const isThere = ({ path }: Snapshot): boolean => {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Takes away the snapshots that nothing names, and, beyond the room there is, those of closed incidents, oldest first. */
export function pruneSnapshots(folder: WatchFolder, incidents: readonly Incident[], good: Snapshot | null, bytes: number): void {
  const snapshotsOf = ({ snapshots }: Incident): readonly Snapshot[] => [snapshots.before, snapshots.after].filter((one) => one !== null)
  const needed = new Set(
    [...(good ? [good] : []), ...incidents.filter(({ state }) => state !== 'closed').flatMap(snapshotsOf)].map(({ path }) =>
      basename(path),
    ),
  )
  const wanted = new Set(incidents.flatMap(snapshotsOf).map(({ path }) => basename(path)))
  const files = listed(folder.snapshots)
  let room = bytes - files.filter(({ name }) => needed.has(name)).reduce((sum, { size }) => sum + size, 0)
  // Names begin with the time: the latest are kept first.
  for (const { name, size } of files.sort((a, b) => (a.name < b.name ? 1 : -1))) {
    if (needed.has(name)) continue
    room -= size
    if (!wanted.has(name) || room < 0) rmSync(join(folder.snapshots, name), { force: true })
  }
}

function listed(path: string): { readonly name: string; readonly size: number }[] {
  try {
    return readdirSync(path).map((name) => ({ name, size: statSync(join(path, name)).size }))
  } catch {
    return []
  }
}
