import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import type { Budget } from './budget.ts'
import { systemReason } from './evidence.ts'
import { readPlainFile } from './file.ts'

/** Reads a bundle that is a folder. Links that leave it, and devices, fifos and sockets, are refused and never opened. */
export async function readFolder(folder: string, budget: Budget): Promise<void> {
  let real: string
  try {
    real = await realpath(folder)
  } catch (error) {
    budget.error(folder, `cannot be read: ${systemReason(error)}`, 'check the path and its permissions')
    return
  }
  await walk({ folder, real, root: basename(real) || 'host' }, real, 0, budget)
}

interface Walk {
  readonly folder: string
  readonly real: string
  readonly root: string
}

async function walk(from: Walk, at: string, depth: number, budget: Budget): Promise<void> {
  const named = join(from.folder, relative(from.real, at))
  if (depth > budget.limits.depth) {
    budget.error(named, `refused: folders are nested deeper than ${budget.limits.depth}`, 'give the folder that holds the evidence')
    return
  }
  let entries: Dirent[]
  try {
    entries = await readdir(at, { withFileTypes: true })
  } catch (error) {
    budget.error(named, `cannot be read: ${systemReason(error)}`, 'check its permissions')
    return
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === '.git' || entry.name === 'node_modules') continue
    if (!budget.entry()) {
      if (budget.errors.at(-1)?.file !== from.folder)
        budget.error(
          from.folder,
          `holds more than ${budget.limits.entries} files`,
          'give the folder that holds the evidence, or raise the limit',
        )
      return
    }
    await visit(from, join(at, entry.name), entry, depth, budget)
  }
}

async function visit(from: Walk, path: string, entry: Dirent, depth: number, budget: Budget): Promise<void> {
  const inside = relative(from.real, path)
  const named = join(from.folder, inside)
  const target = { path: inside.split(sep).join('/'), root: from.root, named }
  if (entry.isSymbolicLink()) {
    const refused = await whyRefused(from, path)
    if (refused === undefined) budget.note(named, 'a symbolic link inside of the bundle: read where it leads')
    else budget.error(named, `refused: ${refused}`, 'put the file itself into the bundle')
    return
  }
  if (entry.isDirectory()) return walk(from, path, depth + 1, budget)
  if (entry.isFile()) await readPlainFile(path, target, budget)
  else budget.error(named, `refused: it is ${kindOf(entry)}`, 'put a plain file into the bundle')
}

/** A link may lead to another file or folder of the bundle, which is read by its own name, and nowhere else. */
async function whyRefused(from: Walk, path: string): Promise<string | undefined> {
  try {
    const end = await realpath(path)
    if (end !== from.real && !end.startsWith(from.real + sep)) return `a symbolic link that leaves the bundle (to ${end})`
    const info = await lstat(end)
    return info.isFile() || info.isDirectory() ? undefined : `a symbolic link to ${kindOf(info)}`
  } catch (error) {
    return `a symbolic link that leads nowhere (${systemReason(error)})`
  }
}

export function kindOf(entry: { isFIFO(): boolean; isSocket(): boolean; isCharacterDevice(): boolean; isBlockDevice(): boolean }): string {
  if (entry.isFIFO()) return 'a fifo'
  if (entry.isSocket()) return 'a socket'
  return entry.isCharacterDevice() || entry.isBlockDevice() ? 'a device' : 'neither file nor folder'
}
