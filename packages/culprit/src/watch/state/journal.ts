import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Incident, WatchEvent } from '../incident.ts'

/** What a journal holds: the last word on each incident, in the order in which they were opened. */
export interface Past {
  readonly incidents: ReadonlyMap<string, Incident>
  /** Highest number of an event. */
  readonly seq: number
  /** Are repairs by itself stopped until a person resumes them? */
  readonly stopped: boolean
  /** Lines that cannot be read: a crash tears the last one at most. */
  readonly torn: number
  readonly lines: number
}

const MOST_WAITING = 2000

/**
 * The watch's memory on disk: a line of JSON for each event, with the whole incident as it is after it; what is there is never changed. A line is on the disk before
 * `append` returns. What finds no room waits in memory, and is written when there is room again.
 */
export class Journal {
  readonly #path: string
  #file: number | undefined
  #size = 0
  #waiting: string[] = []
  #problem: string | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Why nothing can be written now; undefined: everything is on the disk. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Whether it is on the disk, and all before it. */
  append(event: WatchEvent): boolean {
    this.#waiting.push(`${JSON.stringify(event)}\n`)
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()
    return this.flush()
  }

  /** Writes what waits. */
  flush(): boolean {
    try {
      this.#file ??= this.#open()
      if (this.#waiting.length > 0) this.#write(Buffer.from(this.#waiting.join('')), this.#file)
      this.#waiting = []
      this.#problem = undefined
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
    }
    return this.#problem === undefined
  }

  /** Puts the last word on each of these incidents in the place of all that is there: whole, or not at all. */
  compact({ incidents, seq, stopped }: Pick<Past, 'incidents' | 'seq' | 'stopped'>, at: WatchEvent['at']): boolean {
    const kept = [...incidents.values()].map((incident) => ({ kind: 'updated', seq, at, text: 'kept', incident }))
    const state = { kind: stopped ? 'repairs-stopped' : 'repairs-resumed', seq, at, text: 'kept' }
    const next = `${this.#path}.new`
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
      const file = openSync(next, 'w', 0o600)
      try {
        writeWhole(file, Buffer.from([state, ...kept].map((line) => `${JSON.stringify(line)}\n`).join('')))
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      this.close()
      renameSync(next, this.#path)
      syncFolder(dirname(this.#path))
      return this.flush()
    } catch (error) {
      rmSync(next, { force: true })
      this.#problem = error instanceof Error ? error.message : String(error)
      return false
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const file = openSync(this.#path, 'a+', 0o600)
    this.#size = fstatSync(file).size
    // A line that a crash tore stays alone.
    if (this.#size > 0 && !readFileSync(this.#path).subarray(-1).equals(NEWLINE)) this.#write(NEWLINE, file)
    return file
  }

  /** All of it, or what was there before. */
  #write(bytes: Buffer, file: number): void {
    try {
      writeWhole(file, bytes)
      fdatasyncSync(file)
      this.#size += bytes.length
    } catch (error) {
      try {
        ftruncateSync(file, this.#size)
      } catch {
        // What is left is a torn line, which readers pass over.
      }
      this.close()
      throw error
    }
  }
}

const NEWLINE = Buffer.from('\n')

function writeWhole(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** What a journal tells, read by anyone while the watch writes. No journal: nothing has happened. @throws the system's error for one that cannot be read. */
export function readJournal(path: string): Past {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  return pastOf(text)
}

export function pastOf(text: string): Past {
  const incidents = new Map<string, Incident>()
  const lines = text.split('\n').filter((line) => line !== '')
  let [seq, torn, stopped] = [0, 0, false]
  for (const line of lines) {
    const event = eventOf(line)
    if (!event) {
      torn++
      continue
    }
    seq = Math.max(seq, event.seq)
    if (event.incident) incidents.set(event.incident.id, event.incident)
    if (event.kind === 'repairs-stopped') stopped = true
    if (event.kind === 'repairs-resumed') stopped = false
  }
  return { incidents, seq, stopped, torn, lines: lines.length }
}

/** The events of a journal that speak of an incident, oldest first. */
export const eventsOf = (text: string, id: string): readonly WatchEvent[] =>
  text.split('\n').flatMap((line) => {
    const event = line === '' ? undefined : eventOf(line)
    return event?.incident?.id === id ? [event] : []
  })

function eventOf(line: string): WatchEvent | undefined {
  try {
    const event = JSON.parse(line)
    const sound = typeof event?.seq === 'number' && typeof event.kind === 'string' && typeof event.at?.wall === 'string'
    return sound && (event.incident === undefined || typeof event.incident?.id === 'string') ? event : undefined
  } catch {
    return undefined
  }
}
