import type { ConntrackEntry, ConntrackTuple } from '../../facts/network.ts'
import { parseAddress } from '../../net/address.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

/** `conntrack -L -o xml`: machine-written XML of a fixed shape, read by its tags. */
export function readConntrackXml(text: string, file: string): Parsed<ConntrackEntry> {
  const notes = notesOn(file)
  const facts: ConntrackEntry[] = []
  let line = 1
  let seen = 0
  for (let start = text.indexOf('<flow'); start >= 0; ) {
    for (let at = text.indexOf('\n', seen); at >= 0 && at < start; at = text.indexOf('\n', at + 1)) line++
    seen = start
    const next = text.indexOf('<flow', start + 5)
    const close = text.indexOf('</flow>', start)
    const whole = close >= 0 && (next < 0 || close < next)
    const flow = text.slice(start, whole ? close : next < 0 ? text.length : next)
    const entry = whole ? entryOf(flow, { file, line }) : undefined
    if (entry) facts.push(entry)
    else notes.add(whole ? 'not-understood' : 'broken', 'not a whole flow', line, flow)
    start = next
  }
  return { facts, notes: notes.list() }
}

function entryOf(flow: string, source: ConntrackEntry['source']): ConntrackEntry | undefined {
  const original = tupleOf(part(flow, 'original'))
  const reply = tupleOf(part(flow, 'reply'))
  if (original === undefined || reply === undefined) return undefined
  const rest = part(flow, 'independent')
  const flags = ['assured', 'unreplied', 'offload']
    .filter((name) => new RegExp(`<${name}\\s*/>`).test(rest))
    .map((name) => name.toUpperCase())
  const timeout = tag(rest, 'timeout')
  return {
    protocol: original.protocol,
    state: tag(rest, 'state'),
    timeout: timeout === undefined ? undefined : Number(timeout),
    original,
    reply,
    flags,
    mark: Number(tag(rest, 'mark') ?? 0) || 0,
    zone: Number(tag(rest, 'zone') ?? tag(flow, 'zone') ?? 0) || 0,
    source,
  }
}

/** The `<meta direction="…">` of that name. */
function part(flow: string, direction: string): string {
  const start = flow.indexOf(`direction="${direction}"`)
  if (start < 0) return ''
  const end = flow.indexOf('</meta>', start)
  return flow.slice(start, end < 0 ? flow.length : end)
}

const tag = (text: string, name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]

function tupleOf(text: string): ConntrackTuple | undefined {
  const src = parseAddress(tag(text, 'src') ?? '')
  const dst = parseAddress(tag(text, 'dst') ?? '')
  const protocol = /<layer4 protonum="(\d+)"/.exec(text)?.[1]
  if (src === undefined || dst === undefined || protocol === undefined) return undefined
  const number = (name: string) => Number(tag(text, name) ?? 0) || 0
  const ends = { src, dst, protocol: Number(protocol) }
  if (tag(text, 'type') === undefined) return { ...ends, sport: number('sport'), dport: number('dport') }
  return { ...ends, sport: number('id'), dport: 0, icmpType: number('type'), icmpCode: number('code') }
}
