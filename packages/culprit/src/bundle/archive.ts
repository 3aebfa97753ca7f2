import { posix } from 'node:path'
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar'
import type { Budget } from './budget.ts'
import { collect } from './collect.ts'
import { entryName } from './entry-name.ts'
import { keep } from './keep.ts'
import { formatBytes } from './limits.ts'

/** ustar or GNU magic; failing that the header's checksum (tar before POSIX). */
export function isTar(head: Uint8Array): boolean {
  if (head.length < 512) return false
  if (Buffer.from(head.subarray(257, 262)).toString('latin1') === 'ustar') return true
  const stored = Number.parseInt(Buffer.from(head.subarray(148, 156)).toString('latin1').replace(/[\0 ]/g, ''), 8)
  if (!Number.isFinite(stored) || head[0] === 0) return false
  let sum = 0
  for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 32 : (head[i] as number)
  return sum === stored
}

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b && (head.length < 3 || head[2] === 8)

/** Reads a tar from a stream, entry by entry, in memory; nothing is written anywhere. What is refused is an error that names archive and entry. */
export async function readTar(stream: AsyncIterable<Uint8Array>, archive: string, root: string, budget: Budget): Promise<void> {
  const names = new Set<string>()
  try {
    const decoder = createTarDecoder({ strict: true })
    const entries = ReadableStream.from(stream).pipeThrough(decoder)
    for await (const entry of entries) {
      if (!budget.entry()) {
        budget.error(archive, `holds more than ${budget.limits.entries} entries`, 'give a part of it, or raise the limit')
        return
      }
      await readEntry(entry, archive, root, names, budget)
    }
  } catch (error) {
    budget.error(
      archive,
      `cannot be read to its end: ${reasonOf(error)}`,
      'take the archive again, or copy it again: it is cut off or damaged; what came before is used',
    )
  }
}

async function readEntry(entry: ParsedTarEntry, archive: string, root: string, names: Set<string>, budget: Budget): Promise<void> {
  const { header, body } = entry
  const named = `${archive}: ${printable(header.name)}`
  const type = header.type ?? 'file'
  const name = entryName(header.name)
  if (name.kind === 'refused') {
    await body.cancel()
    budget.error(
      named,
      `refused: ${name.why}`,
      'a bundle holds plain files with names inside of it; take it again with `culprit collect` or tar -C',
    )
    return
  }
  if (type === 'directory') {
    await body.cancel()
    return
  }
  if (type !== 'file') {
    await body.cancel()
    if (type === 'symlink' && staysInside(name.path, header.linkname ?? '')) {
      budget.note(named, `is a symbolic link to ${printable(header.linkname ?? '')}: not followed, what it leads to is read by itself`)
      return
    }
    const what = type === 'symlink' ? 'a symbolic link' : type === 'link' ? 'a hard link' : type === 'fifo' ? 'a fifo' : 'a device'
    budget.error(
      named,
      `refused: it is ${what}${header.linkname ? ` to ${printable(header.linkname)}` : ''}`,
      'put the file itself into the bundle (tar --dereference --hard-dereference)',
    )
    return
  }
  if (names.has(name.path)) {
    await body.cancel()
    budget.error(named, 'refused: the archive holds this name twice', 'take the archive again: which of the two is meant cannot be told')
    return
  }
  names.add(name.path)
  if (name.path === '') return void (await body.cancel())
  keep(await collect(body, name.path, budget.limits, budget), { path: name.path, root, named }, budget)
}

/** A link to another name of the same archive, as reports of machines are full of. */
function staysInside(path: string, target: string): boolean {
  return target !== '' && !target.startsWith('/') && !posix.normalize(posix.join(posix.dirname(path), target)).startsWith('..')
}

/** Passes bytes on and counts them: a small archive may unpack to anything. */
export async function* counted(stream: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let passed = 0
  for await (const chunk of stream) {
    passed += chunk.length
    if (passed > limit) throw new Error(`it unpacks to more than ${formatBytes(limit)}`)
    yield chunk
  }
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR' || /unexpected end of file/.test(error.message)) return 'the gzip data breaks off'
  if (/^Z_/.test(code)) return `the gzip data is damaged (${error.message})`
  return error.message.replace(/\.$/, '')
}

/** Names from outside, for a message. */
export const printable = (name: string): string =>
  name.replace(/[^\x20-\x7e\u00a0-\uffff]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`).slice(0, 300)
