import type { TraceStep } from '../../facts/packet-log.ts'
import { isCommand, readLines } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { packetOfWords } from './nft-packet.ts'
import { verdictOf } from './verdict.ts'

const LINE = /^\s*trace id ([0-9a-f]+) (ip6?|inet|arp|bridge|netdev) (\S+) (\S+) (packet:|rule|policy|verdict|return|unknown)\s*(.*)$/

/** `nft monitor trace`, with and without `-a`. Each step carries the packet as its chain last showed it. */
export function readNftMonitor(text: string, file: string): Parsed<TraceStep> {
  const notes = notesOn(file)
  const facts: TraceStep[] = []
  const packets = new Map<string, TraceStep['packet']>()
  for (const line of readLines(text)) {
    if (isCommand(line.text)) continue
    const found = LINE.exec(line.text)
    if (!found) {
      notes.add('not-understood', 'not a line of nft monitor trace', line.number, line.text)
      continue
    }
    const id = found[1] as string
    if (found[5] === 'packet:') packets.set(id, packetOfWords(found[6] as string))
    facts.push(stepOf(found, packets.get(id), { file, line: line.number }))
  }
  return { facts, notes: notes.list() }
}

function stepOf(found: RegExpExecArray, packet: TraceStep['packet'], source: TraceStep['source']): TraceStep {
  const [, id, family, table = '', chain = '', what = '', rest = ''] = found
  const step = what === 'packet:' ? 'packet' : what === 'policy' ? 'policy' : what === 'rule' || what === 'unknown' ? 'rule' : 'return'
  const mark = step === 'rule' ? rest.lastIndexOf('(verdict ') : -1
  const shown = mark < 0 ? '' : rest.slice(mark + '(verdict '.length, rest.lastIndexOf(')'))
  const verdict = step === 'rule' ? shown : what === 'return' ? 'return' : step === 'packet' ? '' : rest
  const body = (mark < 0 ? rest : rest.slice(0, mark)).trim()
  const tail = /(?:# handle|^rule handle) (\d+)$/.exec(body.slice(-40))
  const handle = tail?.[1]
  const rule = tail ? body.slice(0, -tail[0].length).trimEnd() : body
  return {
    kind: 'trace',
    backend: 'nft-monitor',
    id,
    family: family as TraceStep['family'],
    table,
    chain,
    step,
    rule: undefined,
    handle: handle === undefined ? undefined : Number(handle),
    ...verdictOf(verdict),
    text: what === 'rule' ? rule : undefined,
    packet,
    time: undefined,
    uptime: undefined,
    host: undefined,
    source,
  }
}
