import type { Neighbour } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { familyOf, parseAddress } from '../../net/address.ts'
import { type JsonObject, readJson } from '../json.ts'
import { flag, looksLikeJson, text as member, objectsOf, strings } from '../json-fields.ts'
import { isCommand, readLines, words } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { looksLikeArp, readArp } from './arp.ts'

const STATES: ReadonlySet<string> = new Set('PERMANENT REACHABLE STALE DELAY PROBE FAILED INCOMPLETE NOARP NONE'.split(' '))
const VALUES: ReadonlySet<string> = new Set('ref used probes proto nud vlan confirmed'.split(' '))
const FLAGS: ReadonlySet<string> = new Set('router proxy extern_learn offload managed extern_valid nud'.split(' '))

/** `ip neigh`, with `-s`, `show proxy`, `-j`; `arp -an` and `arp -n` too. */
export function readIpNeigh(text: string, file: string): Parsed<Neighbour> {
  if (looksLikeJson(text)) return readJsonForm(text, file)
  if (looksLikeArp(text)) return readArp(text, file)
  const notes = notesOn(file)
  const facts: Neighbour[] = []
  for (const line of readLines(text)) {
    if (isCommand(line.text)) continue
    const list = words(line.text)
    const unknown: string[] = []
    const neighbour = neighbourOf(list[0] === 'Deleted' ? list.slice(1) : list, { file, line: line.number }, unknown)
    if (neighbour) facts.push(neighbour)
    if (!neighbour || unknown.length > 0) notes.add('not-understood', 'of a line of ip neigh', line.number, line.text)
  }
  return { facts, notes: notes.list() }
}

function neighbourOf(list: readonly string[], source: Source, unknown: string[]): Neighbour | undefined {
  const address = parseAddress(list[0] ?? '')
  if (address === undefined) return undefined
  let device = ''
  let mac: string | undefined
  let proxy = false
  const states: string[] = []
  for (let i = 1; i < list.length; i++) {
    const word = list[i] as string
    if (word === 'dev') device = list[++i] ?? ''
    else if (word === 'lladdr') mac = list[++i]
    else if (word === 'proxy') proxy = true
    else if (STATES.has(word)) states.push(word)
    else if (VALUES.has(word)) i++
    // `-s` prints `used 0/60/0probes 4` without a space between
    else if (!FLAGS.has(word) && !/^(?:\d+(?:\/\d+)*|[\d/]+probes|\d+)$/.test(word)) unknown.push(word)
  }
  return { family: familyOf(address), address, device, mac: mac?.toLowerCase(), state: states.join(',') || 'NONE', proxy, source }
}

function readJsonForm(text: string, file: string): Parsed<Neighbour> {
  const json = readJson(text, file)
  const notes = notesOn(file)
  const facts: Neighbour[] = []
  for (const { value, line } of objectsOf(json)) {
    const neighbour = neighbourOfJson(value, { file, line })
    if (neighbour) facts.push(neighbour)
    else notes.add('not-understood', 'not a neighbour', line, JSON.stringify(value))
  }
  return { facts, notes: [...json.notes, ...notes.list()] }
}

function neighbourOfJson(from: JsonObject, source: Source): Neighbour | undefined {
  const address = parseAddress(member(from, 'dst') ?? '')
  if (address === undefined) return undefined
  const states = strings(from, 'state')
  return {
    family: familyOf(address),
    address,
    device: member(from, 'dev') ?? '',
    mac: member(from, 'lladdr')?.toLowerCase(),
    state: states.join(',') || member(from, 'state') || 'NONE',
    proxy: flag(from, 'proxy'),
    source,
  }
}
