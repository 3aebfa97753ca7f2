import type { InterfaceAddress, Link } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { addressBits, familyOf, parseAddress } from '../../net/address.ts'
import { type JsonObject, readJson } from '../json.ts'
import { flag, isObject, list, looksLikeJson, text as member, number, objectsOf } from '../json-fields.ts'
import { readLines, words } from '../lines.ts'
import { type Notes, notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { addressOf, scopeOf } from './address-text.ts'
import { looksLikeIfconfig, readIfconfig } from './ifconfig.ts'
import { briefLink } from './link.ts'
import { linkOfJson } from './link-json.ts'
import { linkOf } from './link-text.ts'
import { BRIEF, ONE_LINE, sectionsOf } from './sections.ts'

/** Addresses, and the links that were shown with them. */
export interface ParsedAddresses extends Parsed<InterfaceAddress> {
  readonly links: readonly Link[]
}

/** `ip addr`, with or without `-d`, `-s`, `-o`, `-br`, `-j`, in colours or not; `ifconfig` too. */
export function readIpAddr(text: string, file: string): ParsedAddresses {
  if (looksLikeJson(text)) return readAddrJson(text, file)
  if (looksLikeIfconfig(text)) return readIfconfig(text, file)
  const notes = notesOn(file)
  const { sections, loose } = sectionsOf(readLines(text))
  const links: Link[] = []
  const facts: InterfaceAddress[] = []
  for (const section of sections) {
    links.push(linkOf(section, file, notes))
    for (const line of section.below) {
      if (/^\s*inet6?\s/.test(line.text)) addText(words(line.text), section.name, { file, line: line.number }, facts, notes)
    }
  }
  for (const line of loose) {
    const source = { file, line: line.number }
    const single = ONE_LINE.exec(line.text)
    if (single) addText(words(single[3] ?? ''), (single[2] ?? '').split('@')[0], source, facts, notes)
    else if (BRIEF.test(line.text)) addBrief(line.text, source, links, facts, notes)
    else if (/^\s*inet6?\s/.test(line.text)) addText(words(line.text), undefined, source, facts, notes)
    else if (!/^\s*valid_lft\s/.test(line.text)) notes.add('not-understood', 'not a line of ip addr', line.number, line.text)
  }
  return { facts, links, notes: notes.list() }
}

function addText(list: readonly string[], device: string | undefined, source: Source, facts: InterfaceAddress[], notes: Notes): void {
  const read = addressOf(list, device, source)
  if (read) facts.push(read.address)
  if (!read || read.unknown.length > 0)
    notes.add('not-understood', read ? `of an address: ${read.unknown.join(' ')}` : 'not an address', source.line, list.join(' '))
}

/** `eth0@if7  UP  10.77.0.1/16 metric 5 198.51.100.7 peer 198.51.100.8/32`. Scopes are not shown; those of well-known prefixes are certain. */
function addBrief(text: string, source: Source, links: Link[], facts: InterfaceAddress[], notes: Notes): void {
  const link = briefLink(text, source, notes)
  if (!link) return
  links.push(link)
  const list = words(BRIEF.exec(text)?.[3] ?? '')
  for (let i = 0; i < list.length; i++) {
    const word = list[i] as string
    if (word === 'metric') i++
    else if (parseAddress(word.split('/')[0] ?? '') !== undefined) {
      const peer = list[i + 1] === 'peer' ? ['peer', list[i + 2] ?? ''] : []
      const label = word.includes(':') ? [] : [link.name]
      addText(['inet', word, ...peer, 'scope', briefScope(word), ...label], link.name, source, facts, notes)
      i += peer.length
    } else if (!/^<.*>$/.test(word) && word.toLowerCase() !== link.mac) notes.add('not-understood', 'not an address', source.line, word)
  }
}

function briefScope(address: string): string {
  if (/^(?:127\.|::1\/)/.test(address)) return 'host'
  return /^(?:fe[89ab]|169\.254\.)/i.test(address) ? 'link' : 'global'
}

function readAddrJson(text: string, file: string): ParsedAddresses {
  const json = readJson(text, file)
  const notes = notesOn(file)
  const links: Link[] = []
  const facts: InterfaceAddress[] = []
  for (const { value, line } of objectsOf(json)) {
    const link = linkOfJson(value, { file, line })
    if (link) links.push(link)
    else notes.add('not-understood', 'a link without a name', line, JSON.stringify(value))
    for (const entry of list(value, 'addr_info')) {
      if (!isObject(entry) || Object.keys(entry).length === 0) continue
      const source = { file, line: json.lineOf(entry) }
      const address = link && addressOfJson(entry, link.name, source)
      if (address) facts.push(address)
      else notes.add('not-understood', 'not an address', source.line, JSON.stringify(entry))
    }
  }
  return { facts, links, notes: [...json.notes, ...notes.list()] }
}

function addressOfJson(from: JsonObject, device: string, source: Source): InterfaceAddress | undefined {
  const address = parseAddress(member(from, 'local') ?? member(from, 'address') ?? '')
  if (address === undefined) return undefined
  const family = familyOf(address)
  const prefixLength = number(from, 'prefixlen') ?? addressBits(family)
  if (prefixLength < 0 || prefixLength > addressBits(family)) return undefined
  return {
    device,
    family,
    address,
    prefixLength,
    scope: scopeOf(member(from, 'scope')),
    broadcast: parseAddress(member(from, 'broadcast') ?? ''),
    peer: 'local' in from ? parseAddress(member(from, 'address') ?? '') : undefined,
    secondary: flag(from, 'secondary'),
    deprecated: flag(from, 'deprecated'),
    tentative: flag(from, 'tentative') || flag(from, 'dadfailed'),
    label: family === 'ip' ? member(from, 'label') : undefined,
    source,
  }
}
