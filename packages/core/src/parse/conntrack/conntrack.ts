import type { ConntrackEntry } from '../../facts/network.ts'
import { isCommand, plain } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { type ConntrackLine, conntrackLine } from './line.ts'
import { readConntrackXml } from './xml.ts'

/**
 * `conntrack -L` with any `-o`, /proc/net/nf_conntrack, and the events of `conntrack -E`, which are played into the table that they leave.
 * Counts and statistics (`conntrack -C`, `-S`) hold no entries.
 */
export function readConntrack(text: string, file: string): Parsed<ConntrackEntry> {
  if (/<conntrack>|<flow[ >]/.test(text.slice(0, 2000))) return readConntrackXml(text, file)
  const notes = notesOn(file)
  const table = new Table()
  const content = plain(text)
  let cut = ''
  for (let start = 0, number = 1; start < content.length; number++) {
    const newline = content.indexOf('\n', start)
    const end = newline < 0 ? content.length : newline
    const whole = cut + content.slice(start, end)
    start = end + 1
    const summary = whole.includes(': ') ? SUMMARY.exec(whole) : null
    cut = summary && summary.index > 0 && end < content.length ? whole.slice(0, summary.index) : ''
    if (summary && (summary.index === 0 || cut !== '')) continue
    const line = summary ? whole.slice(0, summary.index) : whole
    const read = conntrackLine(line, { file, line: number })
    if (read) table.add(read)
    else if (!isSilent(line)) notes.add('not-understood', 'not a line of conntrack', number, line)
  }
  if (table.events > 0)
    notes.add('assumed', `${table.events} events of conntrack -E: the entries are those that were left after the last of them`, 1)
  return { facts: table.entries(), notes: notes.list() }
}

/**
 * What conntrack(8) writes to standard error at the end. With `2>&1` it stands in the middle of a line, wherever the buffer of standard
 * output was full, and the rest of that line follows on the next.
 */
const SUMMARY = /conntrack v[\d.]+ \(conntrack-tools\): \d+ (?:flow entries|expectations) have been \w+\.\s*$/

/** A bare count, statistics, and what was typed. */
const isSilent = (line: string): boolean =>
  /^\s*$/.test(line) ||
  /^\s*conntrack v[\d.]+.*flow entries/.test(line) ||
  /^\s*\d+\s*$/.test(line) ||
  /^\s*cpu=\d+\s/.test(line) ||
  isCommand(line)

/** A listing is kept as it stands; events replace and remove what they name. */
class Table {
  events = 0
  private readonly listed: ConntrackEntry[] = []
  private readonly live = new Map<string, ConntrackEntry>()

  add({ entry, event, id }: ConntrackLine): void {
    if (event === undefined) {
      this.listed.push(entry)
      return
    }
    this.events++
    const { src, dst, protocol, sport, dport } = entry.original
    const key = id ?? `${entry.zone} ${protocol} ${src} ${sport} ${dst} ${dport}`
    if (event === 'DESTROY') this.live.delete(key)
    else this.live.set(key, entry)
  }

  entries(): ConntrackEntry[] {
    return this.live.size === 0 ? this.listed : [...this.listed, ...this.live.values()]
  }
}
