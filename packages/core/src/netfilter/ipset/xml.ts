import type { Parsed } from '../../facts/parsed.ts'
import type { Note } from '../../facts/source.ts'
import type { Ipset } from './ast.ts'
import { builder, finish, type SetBuilder } from './builder.ts'
import { readEntry } from './entry.ts'

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const unescapeXml = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,8}));/g, (whole, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

/** Reads `ipset list -o xml`, which ipset writes one tag or one member a line (lib/session.c); `-t` leaves the members out. */
export function readIpsetXml(text: string, file: string): Parsed<Ipset> {
  const sets: SetBuilder[] = []
  const notes: Note[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const source = { file, line: i + 1 }
    const name = /<ipset name="([^"]*)"/.exec(line)?.[1]
    if (name !== undefined) sets.push({ ...builder(unescapeXml(name), '', [], source), complete: false })
    const set = sets.at(-1)
    if (!set) continue
    const type = /<type>([^<]*)<\/type>/.exec(line)?.[1]
    if (type !== undefined) set.type = unescapeXml(type)
    const header = /<header>(.*?)(?:<\/header>|$)/.exec(line)?.[1]
    if (header !== undefined) set.options.push(...tags(header).map(([tag, value]) => (value === '' ? [tag] : [tag, value])))
    if (/<members\s*\/?>/.test(line) || /<numentries>0</.test(line)) set.complete = true
    for (const member of line.matchAll(/<member>(.*?)<\/member>/g)) readMember(member[1] ?? '', set, source.line)
  }
  if (!/<\/ipsets>\s*$/.test(text)) {
    const last = sets.at(-1)
    if (last) last.complete = false
    notes.push({ kind: 'broken', text: 'the XML ends before </ipsets>', source: { file, line: text.split('\n').length } })
  }
  return { facts: sets.map((set) => finish(set)), notes }
}

function readMember(xml: string, set: SetBuilder, line: number): void {
  const [element, ...options] = tags(xml)
  const given = [element?.[1] ?? '', ...options.flatMap(([tag, value]) => (value === '' ? [tag] : [tag, value]))]
  set.entries.push(readEntry(given, set.name, line).entry)
}

/** `<a>1</a><b/>` as [[a, 1], [b, '']]. */
const tags = (xml: string): readonly (readonly [string, string])[] =>
  [...xml.matchAll(/<(\w+)(?:\/>|>([^<]*)<\/\w+>)/g)].map((match) => [match[1] ?? '', unescapeXml(match[2] ?? '')])
