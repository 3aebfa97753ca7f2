import type { Source } from '../../facts/source.ts'
import { isCommand, plain } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

export interface Sysctl {
  /** As sysctl(8) prints it: dots between the parts, `/` for a dot inside one (`net.ipv4.conf.eth0/5.rp_filter`). */
  readonly key: string
  readonly value: string
  readonly source: Source
}

export interface ParsedSysctls extends Parsed<Sysctl> {
  /** The value that stands last for each key. */
  readonly values: ReadonlyMap<string, { readonly value: string; readonly line: number }>
}

/** `net.ipv4.ip_forward = 1`, the same with slashes, without blanks, and `grep -r . /proc/sys` (`/proc/sys/net/ipv4/ip_forward:1`). */
const SETTING = /^\s*(?:-\s*)?(?:\/proc\/sys\/)?([A-Za-z0-9_][^\s=]*?)\s*=\s?(.*)$/
const PROC = /^\s*\/proc\/sys\/([^:\s]+):(.*)$/
const ERROR = /^\s*(?:sysctl|error|grep|cat):\s/

/** `sysctl -a`, sysctl.conf, or single settings. */
export function readSysctl(text: string, file: string): ParsedSysctls {
  const notes = notesOn(file)
  const facts: Sysctl[] = []
  const values = new Map<string, { value: string; line: number }>()
  for (const [i, raw] of plain(text).split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (/^\s*(?:[#;].*)?$/.test(line) || isCommand(line) || /^\* Applying /.test(line)) continue
    const found = ERROR.test(line) ? null : (PROC.exec(line) ?? SETTING.exec(line))
    const source = { file, line: i + 1 }
    if (!found) {
      notes.add('not-understood', ERROR.test(line) ? 'sysctl could not read this' : 'not a line of sysctl', source.line, line)
      continue
    }
    const key = keyOf(found[1] as string)
    const value = (found[2] as string).trim()
    facts.push({ key, value, source })
    values.set(key, { value, line: source.line })
  }
  return { facts, values, notes: notes.list() }
}

/** sysctl(8) takes the separator that stands first; in the other notation `/` and `.` change places. */
function keyOf(shown: string): string {
  const first = /[./]/.exec(shown)?.[0]
  return first === '/' ? shown.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/')) : shown
}
