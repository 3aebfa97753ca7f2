import type { Link } from '../../facts/network.ts'
import { fieldsOfJson, fieldsOfWords, numberOf } from '../ip/fields.ts'
import { portOf } from '../ip/kinds.ts'
import { peerOf } from '../ip/link-text.ts'
import { type Section, sectionsOf } from '../ip/sections.ts'
import { type JsonObject, readJson } from '../json.ts'
import { looksLikeJson, text as member, number, objectsOf, strings } from '../json-fields.ts'
import { readLines, words } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

/** `bridge link`: the ports. Settings (hairpin, isolated, flood …) are only shown with `-d`; without it `port` is undefined. */
export function readBridgeLink(text: string, file: string): Parsed<Link> {
  const notes = notesOn(file)
  if (looksLikeJson(text)) {
    const json = readJson(text, file)
    const facts: Link[] = []
    for (const { value, line } of objectsOf(json)) {
      const link = linkOfJson(value, file, line)
      if (link) facts.push(link)
      else notes.add('not-understood', 'a port without a name', line, JSON.stringify(value))
    }
    return { facts, notes: [...json.notes, ...notes.list()] }
  }
  const { sections, loose } = sectionsOf(readLines(text))
  for (const line of loose) notes.add('not-understood', 'not a line of bridge link', line.number, line.text)
  for (const section of sections) {
    for (const line of section.below)
      if (!/^\s*hairpin\s/.test(line.text)) notes.add('not-understood', 'not a line of bridge link', line.number, line.text)
  }
  return { facts: sections.map((section) => linkOfSection(section, file)), notes: notes.list() }
}

function linkOfSection(section: Section, file: string): Link {
  const head = fieldsOfWords(section.rest)
  const settings = section.below.filter((line) => /^\s*hairpin\s/.test(line.text)).flatMap((line) => words(line.text))
  return {
    ...common(section.flags),
    index: section.index,
    name: section.name,
    mtu: numberOf(head.get('mtu')),
    master: head.get('master'),
    peerIndex: peerOf(section.lower).peerIndex,
    ...portOf(fieldsOfWords([...section.rest, ...settings])),
    source: { file, line: section.line },
  }
}

function linkOfJson(from: JsonObject, file: string, line: number): Link | undefined {
  const name = member(from, 'ifname')
  if (name === undefined) return undefined
  return {
    ...common(strings(from, 'flags')),
    index: number(from, 'ifindex') ?? 0,
    name,
    mtu: number(from, 'mtu'),
    master: member(from, 'master'),
    peerIndex: number(from, 'link_index'),
    ...portOf(fieldsOfJson(from)),
    source: { file, line },
  }
}

/**
 * The name behind the `@` is left out: bridge(8) looks up the peer's ifindex in its own namespace, and so shows `veth1@eth0`
 * for a veth whose peer is number 2 in another one.
 */
function common(flags: readonly string[]): Omit<Link, 'index' | 'name' | 'mtu' | 'master' | 'peerIndex' | 'source'> {
  const unknown = {
    state: undefined,
    mac: undefined,
    peerName: undefined,
    peerNetnsId: undefined,
    peerNetns: undefined,
    type: undefined,
    linkType: undefined,
  }
  return { ...unknown, flags, group: undefined, promiscuous: flags.includes('PROMISC') }
}
