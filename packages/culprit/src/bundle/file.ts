import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { counted, isGzip, isTar, reasonOf } from './archive.ts'
import type { Budget } from './budget.ts'
import { type Collected, collect, isLog, memoryFull, tooLong } from './collect.ts'
import { systemReason } from './evidence.ts'
import { keep, type Target } from './keep.ts'

/** Reads one plain file of a bundle: as it is, or unpacked when it is gzip. */
export async function readPlainFile(path: string, target: Target, budget: Budget): Promise<void> {
  try {
    const small = readSmallFile(path)
    if (small && !isGzip(small)) {
      const kept: Collected = budget.wouldExceed(small.length)
        ? memoryFull(budget.limits)
        : { kind: 'whole', bytes: small, size: small.length }
      keep(kept, target, budget)
      return
    }
    await withFile(path, async (file, size) => {
      const head = await readAt(file, 0, Math.min(size, 65_536))
      if (isGzip(head)) await readGzippedText(bytesOf(file), withoutSuffix(target), budget)
      else keep(await take(file, size, head, target, budget), target, budget)
    })
  } catch (error) {
    budget.error(target.named, `cannot be read: ${systemReason(error)}`, 'check the file and its permissions')
  }
}

/** Bytes up to which a file is read at once: a bundle of a cluster holds tens of thousands of them. */
const SMALL = 65_536

/** The whole of a small plain file; undefined where it is larger, empty (as files of /proc seem), or none. */
function readSmallFile(path: string): Uint8Array | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const info = fstatSync(file)
    if (!info.isFile() || info.size === 0 || info.size > SMALL) return undefined
    const bytes = Buffer.alloc(info.size)
    return readSync(file, bytes, 0, info.size, 0) === info.size ? bytes : undefined
  } finally {
    closeSync(file)
  }
}

/** A gzip whose content is no tar. */
export async function readGzippedText(stream: AsyncIterable<Uint8Array>, target: Target, budget: Budget): Promise<void> {
  try {
    keep(await collect(counted(gunzip(stream), budget.limits.unpackedBytes), target.path, budget.limits, budget), target, budget)
  } catch (error) {
    budget.error(target.named, `cannot be unpacked: ${reasonOf(error)}`, 'copy the file again, or take it again')
  }
}

const withoutSuffix = (target: Target): Target => ({ ...target, path: target.path.replace(/\.gz$/, '') })

/** A file's size is known: of a long log only the ends are read from the disk, unless somebody wants to see it all pass. */
async function take(file: FileHandle, size: number, head: Uint8Array, target: Target, budget: Budget): Promise<Collected> {
  const { limits } = budget
  if (size > limits.wholeBytes && !isTar(head) && isLog(target.path, [head])) {
    const log = budget.logs?.open(target.path)
    if (log) for await (const chunk of bytesOf(file)) log.write(chunk)
    log?.end()
    return {
      kind: 'ends',
      head: await readAt(file, 0, limits.headBytes),
      tail: await readAt(file, size - limits.tailBytes, limits.tailBytes),
      size,
    }
  }
  if (size > limits.fileBytes) return tooLong(limits)
  if (budget.wouldExceed(size)) return memoryFull(limits)
  // Files of /proc and /sys have no size until they are read.
  return size === 0 ? collect(bytesOf(file), target.path, limits, budget) : { kind: 'whole', bytes: await readAt(file, 0, size), size }
}

/** Runs `use` on the open file; a fifo that has taken its place since does not block. */
export async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const info = await file.stat()
    if (!info.isFile()) throw new Error('it is no plain file')
    return await use(file, info.size)
  } finally {
    await file.close()
  }
}

export async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(Math.max(0, length))
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/** The file from its beginning, in pieces. */
export async function* bytesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const chunk = await readAt(file, position, 262_144)
    if (chunk.length === 0) return
    position += chunk.length
    yield chunk
  }
}

/** Unpacks as it is read: what is not asked for is not unpacked. */
export async function* gunzip(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(stream, { objectMode: false })
  const unzip = createGunzip({ chunkSize: 262_144 })
  source.on('error', (error) => unzip.destroy(error))
  source.pipe(unzip)
  try {
    for await (const chunk of unzip) yield chunk as Uint8Array
  } finally {
    source.destroy()
    unzip.destroy()
  }
}
