import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { packTar } from 'modern-tar'

/** A bundle's files in the order in which its folders are read: hosts and commands answer in whatever order. */
export const inOrder = (files: ReadonlyMap<string, Uint8Array>): readonly (readonly [string, Uint8Array])[] =>
  [...files].sort(([a], [b]) => (a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1))

/** The bundle as a tar archive, packed with gzip unless `plain`. Files come sorted; `time` is what all of them bear. */
function archive(files: ReadonlyMap<string, Uint8Array>, time: Date, plain: boolean): Readable {
  const tar = Readable.from(chunks(inOrder(files), time), { objectMode: false })
  return plain ? tar : tar.pipe(createGzip({ level: 4 }))
}

/** Two blocks of zeros (tar(5)). */
const END_OF_ARCHIVE = 1024

/** File by file, so that the archive does not stand in memory beside the files. */
async function* chunks(files: ReturnType<typeof inOrder>, mtime: Date): AsyncGenerator<Uint8Array> {
  for (const [name, body] of files) {
    const tar = await packTar([{ header: { name, size: body.length, mode: 0o644, mtime, type: 'file' }, body }])
    const end = tar.length - END_OF_ARCHIVE
    for (let at = 0; at < end; at += 1 << 20) yield tar.subarray(at, Math.min(end, at + (1 << 20)))
  }
  yield new Uint8Array(END_OF_ARCHIVE)
}

/**
 * Writes the bundle to a file that only this user can read: whole, or not at all.
 * @throws the system's error where it cannot be written; nothing is left then.
 */
export async function writeArchive(files: ReadonlyMap<string, Uint8Array>, path: string, time: Date): Promise<void> {
  // A pipe or device is written to as it is: to put a file in its place would destroy it.
  if (!(await isFileOrNothing(path))) return pipeline(archive(files, time, false), createWriteStream(path))
  const partial = `${path}.${process.pid}.partial`
  try {
    await pipeline(archive(files, time, /\.tar$/.test(path)), createWriteStream(partial, { mode: 0o600, flags: 'wx' }))
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function isFileOrNothing(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined)
  return info === undefined || info.isFile()
}

/** The same to a stream that stays open. */
export async function streamArchive(files: ReadonlyMap<string, Uint8Array>, stream: Writable, time: Date): Promise<void> {
  await pipeline(archive(files, time, false), stream, { end: false })
}
