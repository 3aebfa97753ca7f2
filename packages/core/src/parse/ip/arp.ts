import type { Neighbour } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { familyOf, parseAddress } from '../../net/address.ts'
import { isCommand, readLines } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

/** `? (192.0.2.1) at 02:00:00:00:00:01 [ether] on eth0`, also `<incomplete>` and `PERM PUP`. */
const BSD = /^\s*(\S+)\s+\(([0-9a-fA-F.:]+)\)\s+at\s+(\S+)((?:\s+\S+)*?)\s+on\s+(\S+)/
/** `192.0.2.1   ether   02:00:…   C   eth0`, `192.0.2.9   (incomplete)   eth0` */
const TABLE = /^\s*([0-9a-fA-F.:]+)\s+(?:ether\s+([0-9a-fA-F:]{17})\s+([A-Z]+)|\(incomplete\))\s+(?:\*\s+)?(\S+)\s*$/
/** /proc/net/arp: `192.0.2.1  0x1  0x2  02:00:…  *  eth0`; flag 2 is ATF_COM (complete), 4 ATF_PERM. */
const PROC = /^\s*([0-9.]+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+([0-9a-f:]{17})\s+\S+\s+(\S+)\s*$/

const HEADING = /^\s*(?:Address\s+HWtype|IP address\s+HW type)/

export const looksLikeArp = (text: string): boolean =>
  text
    .slice(0, 5000)
    .split('\n')
    .some((line) => BSD.test(line) || HEADING.test(line) || PROC.test(line))

/** `arp -an`, `arp -n` and /proc/net/arp. They show no reachability: a complete entry is taken for STALE. */
export function readArp(text: string, file: string): Parsed<Neighbour> {
  const notes = notesOn(file)
  const facts: Neighbour[] = []
  for (const line of readLines(text)) {
    if (HEADING.test(line.text) || isCommand(line.text) || /^\s*Entries:/.test(line.text)) continue
    const neighbour = neighbourOf(line.text, { file, line: line.number })
    if (neighbour) facts.push(neighbour)
    else notes.add('not-understood', 'not a line of arp', line.number, line.text)
  }
  return { facts, notes: notes.list() }
}

function neighbourOf(text: string, source: Source): Neighbour | undefined {
  const bsd = BSD.exec(text)
  if (bsd) return make(bsd[2], bsd[3], bsd[5], /\bPERM\b/.test(bsd[4] ?? ''), /\bPUB\b/.test(bsd[4] ?? ''), source)
  const table = TABLE.exec(text)
  if (table) return make(table[1], table[2], table[4], /M/.test(table[3] ?? ''), /P/.test(table[3] ?? ''), source)
  const proc = PROC.exec(text)
  const flags = Number.parseInt(proc?.[2] ?? '0', 16)
  return proc ? make(proc[1], flags & 2 ? proc[3] : undefined, proc[4], (flags & 4) !== 0, (flags & 8) !== 0, source) : undefined
}

function make(
  shown: string | undefined,
  mac: string | undefined,
  device: string | undefined,
  permanent: boolean,
  proxy: boolean,
  source: Source,
): Neighbour | undefined {
  const address = parseAddress(shown ?? '')
  if (address === undefined || device === undefined) return undefined
  const known = mac !== undefined && /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/.test(mac) ? mac.toLowerCase() : undefined
  const state = permanent ? 'PERMANENT' : known === undefined ? 'INCOMPLETE' : 'STALE'
  return { family: familyOf(address), address, device, mac: known, state: proxy && known === undefined ? 'NONE' : state, proxy, source }
}
