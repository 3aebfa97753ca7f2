import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { LogSink } from '../logs/sink.ts'
import { counted, isGzip, isTar, readTar, reasonOf } from './archive.ts'
import { Budget } from './budget.ts'
import { collect } from './collect.ts'
import { type EvidenceFile, type EvidenceTree, systemReason } from './evidence.ts'
import { bytesOf, gunzip, readAt, readPlainFile, withFile } from './file.ts'
import { kindOf, readFolder } from './folder.ts'
import { keep, type Target } from './keep.ts'
import { LIMITS, type Limits } from './limits.ts'

export interface ReadOptions {
  readonly limits?: Partial<Limits>
  /** What `-` stands for; process.stdin when left out. */
  readonly stdin?: AsyncIterable<Uint8Array>
  /** Is given every log that is too long to be kept whole, as it is read. */
  readonly logs?: LogSink
}

/**
 * Reads evidence into memory: folders, tar archives (gzip or not, told by content), single files, `-` for standard input.
 * Nothing is written to disk. What cannot be read or is refused is an error of the tree, the rest is there all the same.
 *
 * With one bundle the paths are those inside of it; with several, each is put under the bundle's name.
 */
export async function readEvidence(paths: readonly string[], options: ReadOptions = {}): Promise<EvidenceTree> {
  const budget = new Budget({ ...LIMITS, ...options.limits }, options.logs)
  const parts: (readonly EvidenceFile[])[] = []
  for (const path of paths) {
    const before = budget.files.length
    if (path === '-') await readStream(options.stdin ?? process.stdin, '-', budget)
    else await readPath(path, budget)
    parts.push(budget.files.slice(before))
  }
  const { notes, errors } = budget
  return { files: apart(paths, parts), notes, errors }
}

/** Puts each bundle's paths under the bundle's name where there are several; two of one name are told apart by a number. */
function apart(paths: readonly string[], parts: readonly (readonly EvidenceFile[])[]): readonly EvidenceFile[] {
  const isBundle = (files: readonly EvidenceFile[]) => files.some((file) => file.root !== undefined)
  if (parts.filter(isBundle).length < 2) return parts.flat()
  const seen = new Map<string, number>()
  return parts.flatMap((files, i) => {
    if (!isBundle(files)) return files
    const name = rootName(paths[i] ?? '')
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    const prefix = count === 1 ? name : `${name}-${count}`
    return files.map((file) => ({ ...file, path: `${prefix}/${file.path}` }))
  })
}

/** A bundle from standard input has no name of its own. */
const rootName = (path: string): string =>
  path === '-' ? 'host' : basename(resolve(path)).replace(/\.(?:tar|tgz|tar\.gz|gz)$/, '') || 'bundle'

async function readPath(path: string, budget: Budget): Promise<void> {
  try {
    const info = await stat(path)
    if (info.isDirectory()) await readFolder(path, budget)
    else if (info.isFile()) await readFile(path, budget)
    else budget.error(path, `refused: it is ${kindOf(info)}`, 'give a file, a folder, an archive, or - for standard input')
  } catch (error) {
    budget.error(path, `cannot be read: ${systemReason(error)}`, 'check the path and its permissions')
  }
}

/** A file given by itself: an archive by its content, or a text. */
async function readFile(path: string, budget: Budget): Promise<void> {
  const kind = await withFile(path, async (file) => {
    const head = await readAt(file, 0, 512)
    if (isTar(head)) {
      await readTar(counted(bytesOf(file), budget.limits.unpackedBytes), path, rootName(path), budget)
      return 'done'
    }
    if (!isGzip(head)) return 'plain'
    await readUnpacked(gunzip(bytesOf(file)), { path: path.replace(/\.gz$/, ''), root: undefined, named: path }, budget)
    return 'done'
  })
  if (kind === 'plain') await readPlainFile(path, { path, root: undefined, named: path }, budget)
}

async function readStream(stream: AsyncIterable<Uint8Array>, path: string, budget: Budget): Promise<void> {
  const target = { path, root: undefined, named: path }
  try {
    const { head, whole } = await peek(stream, 512)
    if (isGzip(head)) await readUnpacked(gunzip(whole), target, budget)
    else if (isTar(head)) await readTar(counted(whole, budget.limits.unpackedBytes), path, rootName(path), budget)
    else keep(await collect(whole, path, budget.limits, budget), target, budget)
  } catch (error) {
    budget.error(path, `cannot be read: ${systemReason(error)}`, 'check what is piped in')
  }
}

/** What a gzip holds: a tar or a text. */
async function readUnpacked(stream: AsyncIterable<Uint8Array>, target: Target, budget: Budget): Promise<void> {
  try {
    const { head, whole } = await peek(counted(stream, budget.limits.unpackedBytes), 512)
    if (isTar(head)) await readTar(whole, target.named, rootName(target.named), budget)
    else keep(await collect(whole, target.path, budget.limits, budget), target, budget)
  } catch (error) {
    budget.error(target.named, `cannot be unpacked: ${reasonOf(error)}`, 'copy the file again, or take it again')
  }
}

/** The first bytes of a stream, and the stream with them put back. */
async function peek(
  stream: AsyncIterable<Uint8Array>,
  length: number,
): Promise<{ readonly head: Uint8Array; readonly whole: AsyncIterable<Uint8Array> }> {
  const iterator = stream[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let size = 0
  let ended = false
  while (size < length && !ended) {
    const { done, value } = await iterator.next()
    if (done) ended = true
    else {
      chunks.push(value)
      size += value.length
    }
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks
      while (!ended) {
        const { done, value } = await iterator.next()
        if (done) return
        yield value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return { head: Buffer.concat(chunks), whole: whole() }
}
