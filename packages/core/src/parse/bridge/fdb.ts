import type { FdbEntry } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { parseAddress } from '../../net/address.ts'
import { numberOf } from '../ip/fields.ts'
import { macOf } from '../ip/link-text.ts'
import { type JsonObject, readJson } from '../json.ts'
import { looksLikeJson, text as member, number, objectsOf, strings } from '../json-fields.ts'
import { isCommand, readLines, words } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

const FLAGS: ReadonlySet<string> = new Set(
  'self router extern_learn offload sticky managed added_by_user permanent static stale blackhole local locked activity_notify inactive'.split(
    ' ',
  ),
)
const VALUES: ReadonlySet<string> = new Set('dev dst vlan vni port src_vni via used nhid state linkNetNsId link-netnsid brport'.split(' '))

/** `bridge fdb`, as JSON or text. */
export function readBridgeFdb(text: string, file: string): Parsed<FdbEntry> {
  const notes = notesOn(file)
  const facts: FdbEntry[] = []
  if (looksLikeJson(text)) {
    const json = readJson(text, file)
    for (const { value, line } of objectsOf(json)) {
      const entry = entryOfJson(value, { file, line })
      if (entry) facts.push(entry)
      else notes.add('not-understood', 'not an entry of bridge fdb', line, JSON.stringify(value))
    }
    return { facts, notes: [...json.notes, ...notes.list()] }
  }
  for (const line of readLines(text)) {
    if (isCommand(line.text)) continue
    const list = words(line.text)
    const unknown: string[] = []
    const entry = entryOf(list[0] === 'Deleted' ? list.slice(1) : list, { file, line: line.number }, unknown)
    if (entry) facts.push(entry)
    if (!entry || unknown.length > 0) notes.add('not-understood', 'of a line of bridge fdb', line.number, line.text)
  }
  return { facts, notes: notes.list() }
}

function entryOf(list: readonly string[], source: Source, unknown: string[]): FdbEntry | undefined {
  const mac = macOf(list[0])
  if (mac === undefined) return undefined
  const values = new Map<string, string>()
  const flags: string[] = []
  for (let i = 1; i < list.length; i++) {
    const word = list[i] as string
    // `master br0` names the bridge; `master` alone is the flag NTF_MASTER, which ends the line or stands before a state.
    const named = word === 'master' && list[i + 1] !== undefined && !FLAGS.has(list[i + 1] as string)
    if (named || VALUES.has(word)) values.set(word, list[++i] ?? '')
    else if (FLAGS.has(word) || word === 'master') flags.push(word)
    else unknown.push(word)
  }
  return {
    mac,
    device: values.get('dev') ?? '',
    master: values.get('master'),
    destination: parseAddress(values.get('dst') ?? ''),
    vlan: numberOf(values.get('vlan')),
    vni: numberOf(values.get('vni')),
    port: numberOf(values.get('port')),
    flags,
    source,
  }
}

function entryOfJson(from: JsonObject, source: Source): FdbEntry | undefined {
  const mac = macOf(member(from, 'mac'))
  if (mac === undefined) return undefined
  const state = member(from, 'state') ?? ''
  return {
    mac,
    device: member(from, 'ifname') ?? member(from, 'dev') ?? '',
    master: member(from, 'master'),
    destination: parseAddress(member(from, 'dst') ?? ''),
    vlan: number(from, 'vlan'),
    vni: number(from, 'vni'),
    port: number(from, 'port'),
    flags: [...strings(from, 'flags'), ...(state === '' ? [] : [state])],
    source,
  }
}
