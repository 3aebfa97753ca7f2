import type { Link } from '../../facts/network.ts'
import { readJson } from '../json.ts'
import { looksLikeJson, objectsOf } from '../json-fields.ts'
import { readLines, words } from '../lines.ts'
import { type Notes, notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { linkOfJson } from './link-json.ts'
import { linkOf, macOf, peerOf } from './link-text.ts'
import { BRIEF, sectionsOf } from './sections.ts'

/** `ip link`, with or without `-d`, `-s`, `-o`, `-br`, `-j`, in colours or not. */
export function readIpLink(text: string, file: string): Parsed<Link> {
  if (looksLikeJson(text)) return readLinkJson(text, file)
  const notes = notesOn(file)
  const { sections, loose } = sectionsOf(readLines(text))
  const facts = sections.map((section) => linkOf(section, file, notes))
  for (const line of loose) {
    const link = briefLink(line.text, { file, line: line.number }, notes)
    if (link) facts.push(link)
    else notes.add('not-understood', 'not a line of ip link', line.number, line.text)
  }
  return { facts, notes: notes.list() }
}

function readLinkJson(text: string, file: string): Parsed<Link> {
  const json = readJson(text, file)
  const notes = notesOn(file)
  const facts: Link[] = []
  for (const { value, line } of objectsOf(json)) {
    const link = linkOfJson(value, { file, line })
    if (link) facts.push(link)
    else notes.add('not-understood', 'a link without a name', line, JSON.stringify(value))
  }
  return { facts, notes: [...json.notes, ...notes.list()] }
}

/**
 * A line of `ip -br link` (with flags) or `ip -br addr` (without: that the device is up then follows from its operstate,
 * which the kernel shows as DOWN for devices that are not running, rtnl_fill_ifinfo).
 */
export function briefLink(text: string, source: Link['source'], notes: Notes): Link | undefined {
  const found = BRIEF.exec(text)
  if (!found) return undefined
  const [, shown = '', state = '', rest = ''] = found
  const at = shown.indexOf('@')
  const name = at < 0 ? shown : shown.slice(0, at)
  const list = words(rest)
  const flags = /<([^>]*)>/.exec(rest)?.[1]?.split(',')
  if (flags === undefined) notes.add('assumed', `flags of ${name} follow from its state ${state}`, source.line)
  return {
    index: 0,
    name,
    flags: flags ?? assumedFlags(name, state),
    mtu: undefined,
    state,
    mac: macOf(list[0]),
    master: undefined,
    ...peerOf(at < 0 ? undefined : shown.slice(at + 1)),
    peerNetnsId: undefined,
    peerNetns: undefined,
    type: undefined,
    linkType: name === 'lo' ? 'loopback' : undefined,
    group: undefined,
    promiscuous: flags?.includes('PROMISC') ?? false,
    source,
  }
}

function assumedFlags(name: string, state: string): string[] {
  const loopback = name === 'lo' ? ['LOOPBACK'] : []
  if (state === 'UP' || state === 'UNKNOWN') return [...loopback, 'UP', 'LOWER_UP']
  return state === 'LOWERLAYERDOWN' || state === 'DORMANT' ? [...loopback, 'UP'] : loopback
}
