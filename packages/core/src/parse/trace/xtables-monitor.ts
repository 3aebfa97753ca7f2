import type { TraceStep } from '../../facts/packet-log.ts'
import { packetOf } from '../kernel-log/packet.ts'
import { isCommand, readLines } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { verdictOf } from './verdict.ts'

/** The number behind the word is the protocol family (NFPROTO_IPV4 2, NFPROTO_ARP 3, NFPROTO_IPV6 10). */
const FAMILIES: Readonly<Record<string, TraceStep['family']>> = { '0': 'arp', '2': 'ip', '3': 'arp', '7': 'bridge', '10': 'ip6' }
const PACKET = /^\s*PACKET: (\d+) ([0-9a-f]+) (.*)$/
const TRACE = /^\s*TRACE: (\d+) ([0-9a-f]+) ([^\s:]+):(\S+?):(rule|return|policy):(\S*)\s*(.*)$/

/** `xtables-monitor --trace`. A packet stands before the steps that it belongs to. Rule changes (EVENT, NEWGEN) are passed over. */
export function readXtablesMonitor(text: string, file: string): Parsed<TraceStep> {
  const notes = notesOn(file)
  const facts: TraceStep[] = []
  const packets = new Map<string, TraceStep['packet']>()
  for (const line of readLines(text)) {
    if (isCommand(line.text) || /^\s*(?:EVENT:|NEWGEN:)/.test(line.text)) continue
    const packet = PACKET.exec(line.text)
    const trace = TRACE.exec(line.text)
    if (packet) {
      const read = packetOf(packet[3] as string)
      packets.set(packet[2] as string, read)
      if (read === undefined) notes.add('not-understood', 'a packet without addresses', line.number, line.text)
    } else if (trace) facts.push(stepOf(trace, packets.get(trace[2] as string), { file, line: line.number }))
    else notes.add('not-understood', 'not a line of xtables-monitor', line.number, line.text)
  }
  return { facts, notes: notes.list() }
}

/** `filter:FORWARD:rule:0x6:JUMP:DOCKER-USER  -4 -t filter -A FORWARD -j DOCKER-USER`: the number is the handle. */
function stepOf(found: RegExpExecArray, packet: TraceStep['packet'], source: TraceStep['source']): TraceStep {
  const [, family = '', id = '', table = '', chain = '', step, shown = '', rule = ''] = found
  const [handle, ...verdict] = step === 'rule' ? shown.split(':') : [undefined, shown]
  return {
    kind: 'trace',
    backend: 'xtables-monitor',
    id,
    family: FAMILIES[family] ?? 'ip',
    table,
    chain,
    step: step as TraceStep['step'],
    rule: undefined,
    handle: handle === undefined ? undefined : Number(handle),
    ...verdictOf(verdict.join(':')),
    text: rule === '' ? undefined : rule.trim(),
    packet,
    time: undefined,
    uptime: undefined,
    host: undefined,
    source,
  }
}
