import type { LogEntry, TraceStep } from '../../facts/packet-log.ts'
import { plain } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { headed } from './header.ts'
import { packetOf } from './packet.ts'

/** Where `IN=eth0 OUT=…` begins: right behind the prefix, with or without a blank between. -1: no logged packet. */
function packetStart(line: string): number {
  const out = line.indexOf(' OUT=')
  if (out < 0) return -1
  const at = line.lastIndexOf('IN=', out)
  return at >= 0 && !/\s/.test(line.slice(at, out)) ? at : -1
}

/** trace_packet of ip_tables.c; a chain's name may hold anything but blanks. */
const TRACE = /^TRACE: ([^\s:]+):(\S+):(rule|return|policy):(\d+) $/

/**
 * Lines of TRACE and LOG rules in dmesg, /var/log/kern.log or the journal. Other messages of the kernel are passed over: they are for
 * other readers. A line that has lost its end (rate limits, fixed-size buffers) is noted when it lacks an address.
 */
export function readKernelLog(text: string, file: string): Parsed<TraceStep | LogEntry> {
  const notes = notesOn(file)
  const facts: (TraceStep | LogEntry)[] = []
  for (const [i, line] of plain(text).split('\n').entries()) {
    if (packetStart(line) < 0) continue
    const source = { file, line: i + 1 }
    const { rest, time, uptime, host } = headed(line)
    const start = packetStart(rest)
    const packet = start < 0 ? undefined : packetOf(rest.slice(start))
    if (packet === undefined) {
      notes.add('broken', 'a logged packet without its addresses', source.line, line)
      continue
    }
    const prefix = rest.slice(0, start)
    const trace = TRACE.exec(prefix)
    const when = { time, uptime, host }
    if (!trace) facts.push({ kind: 'log', prefix, packet, ...when, source })
    else {
      const [, table = '', chain = '', step, rule] = trace
      const place = { family: packet.family, table, chain, step: step as TraceStep['step'], rule: Number(rule) }
      const untold = { id: undefined, handle: undefined, verdict: undefined, target: undefined, text: undefined }
      facts.push({ kind: 'trace', backend: 'kernel-log', ...untold, ...place, packet, ...when, source })
    }
  }
  return { facts, notes: notes.list() }
}
