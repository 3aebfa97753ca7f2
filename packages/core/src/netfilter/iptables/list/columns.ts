import { parseProtocol, protocolName } from '../../../net/protocol.ts'
import type { Counters } from '../ast.ts'

/** Which columns a list has, as its header line says. */
export interface Layout {
  readonly numbers: boolean
  readonly counters: boolean
  readonly interfaces: boolean
  /** False where someone cut the list down to target and remark. */
  readonly addresses: boolean
}

/** A row of `iptables -L`, cut into its columns. */
export interface Columns {
  readonly number: number | undefined
  readonly counters: Counters | undefined
  /** undefined: the column is empty; the rule only counts. */
  readonly target: string | undefined
  readonly protocol: string
  readonly fragment: '' | '-f' | '!f'
  /** undefined: the list does not show it. */
  readonly iif: string | undefined
  readonly oif: string | undefined
  readonly source: string
  readonly destination: string
  /** All that stands behind the destination. */
  readonly rest: string
}

interface Word {
  readonly text: string
  readonly end: number
}

/** `num   pkts bytes target     prot opt in     out     source               destination`, whole or cut down. */
export function readLayout(line: string): Layout | undefined {
  const words = line
    .toLowerCase()
    .split(/[\s|]+/)
    .filter((word) => word !== '')
  const target = words.indexOf('target')
  const before = words.slice(0, Math.max(0, target))
  if (target < 0 || before.some((word) => word !== 'num' && word !== 'pkts' && word !== 'bytes')) return undefined
  const counters = before.includes('pkts')
  if (words[target + 1] !== 'prot' && !counters) return undefined
  return { numbers: before.includes('num'), counters, interfaces: words.includes('in'), addresses: words[target + 1] === 'prot' }
}

/** `127M`, `818K`, `12`: thousands, as xt_print_num() rounds them. */
export function readCount(text: string): number | undefined {
  const parts = /^(\d+)([KMGTP]?)$/.exec(text)
  return parts ? Number(parts[1]) * 1000 ** ' KMGTP'.indexOf(parts[2] || ' ') : undefined
}

const OPTION_COLUMN = /^(--|-f|!f|-!f)$/
const ADDRESS = /^!?(\d{1,3}(\.\d{1,3}){3}(\/[\d.]+)?|[\da-f]*:[\da-f.:]*(\/[\da-f:]+)?|anywhere|localhost)$/i
const isProtocol = (word: string | undefined): boolean =>
  word !== undefined && (parseProtocol(word.replace(/^!/, '')) !== undefined || word === 'any')
const isAddress = (word: string | undefined): boolean => word !== undefined && ADDRESS.test(word)

/** Words with where they end; `!` alone goes with the word behind it, and an old version's `icmp--` is two words. */
function cut(line: string): Word[] {
  const words: Word[] = []
  let sign = ''
  for (const found of line.matchAll(/\S+/g)) {
    const end = found.index + found[0].length
    if (found[0] === '!') {
      sign = '!'
      continue
    }
    const glued = /^(.*[a-z\d])--$/.exec(found[0])
    if (glued?.[1] && isProtocol(glued[1])) words.push({ text: sign + glued[1], end: end - 2 }, { text: '--', end })
    else words.push({ text: sign + found[0], end })
    sign = ''
    if (words.length > 12) break
  }
  return words
}

/** Reads a row; undefined when the line is none, or lacks columns. Without a header the columns tell themselves apart. */
export function readColumns(line: string, layout: Layout | undefined): Columns | undefined {
  const words = cut(line)
  const option = words.findIndex((word, i) => i > 0 && i < 6 && OPTION_COLUMN.test(word.text))
  const lead = leading(words, layout, option)
  if (!lead) return undefined
  const place = option > 0 ? option - 1 : protocolPlace(words, lead.next, layout)
  if (place === undefined || place < lead.next || place > lead.next + 1) return undefined
  const target = place > lead.next ? words[lead.next]?.text : undefined
  const first = option > 0 ? option + 1 : place + 1
  const interfaces = hasInterfaces(words, first, layout)
  const at = interfaces ? first + 2 : first
  const source = words[at]
  const destination = words[at + 1]
  if (!source || !destination || (!isAddress(source.text) && !isAddress(destination.text) && !layout)) return undefined
  const opt = option > 0 ? (words[option]?.text.replace('-!f', '!f') ?? '') : ''
  return {
    number: lead.number,
    counters: lead.counters,
    target,
    protocol: words[place]?.text ?? '',
    fragment: opt === '-f' || opt === '!f' ? opt : '',
    iif: interfaces ? words[first]?.text : undefined,
    oif: interfaces ? words[first + 1]?.text : undefined,
    source: source.text,
    destination: destination.text,
    rest: line.slice(destination.end),
  }
}

/** Number and counters before the target. */
function leading(
  words: readonly Word[],
  layout: Layout | undefined,
  option: number,
): { readonly number: number | undefined; readonly counters: Counters | undefined; readonly next: number } | undefined {
  let numeric = 0
  while (numeric < 3 && readCount(words[numeric]?.text ?? '') !== undefined) numeric++
  // a protocol's number may stand where the target is empty
  if (option > 0) numeric = Math.min(numeric, option - 1)
  const shown = layout ? Number(layout.numbers) + 2 * Number(layout.counters) : numeric
  if (numeric < shown) return undefined
  if (shown === 0) return { number: undefined, counters: undefined, next: 0 }
  if (shown === 1) return { number: Number(words[0]?.text), counters: undefined, next: 1 }
  return shown === 2 ? count(words, 0, undefined) : count(words, 1, Number(words[0]?.text))
}

function count(words: readonly Word[], at: number, number: number | undefined) {
  const packets = readCount(words[at]?.text ?? '') ?? 0
  const bytes = readCount(words[at + 1]?.text ?? '') ?? 0
  return { number, counters: { packets, bytes }, next: at + 2 }
}

/** ip6tables before 1.8.9 leaves the `opt` column empty: the protocol is the word with the addresses behind it. */
function protocolPlace(words: readonly Word[], next: number, layout: Layout | undefined): number | undefined {
  for (const place of [next + 1, next]) {
    if (!isProtocol(words[place]?.text)) continue
    for (const skip of layout ? [layout.interfaces ? 2 : 0] : [0, 2])
      if (isAddress(words[place + 1 + skip]?.text) && isAddress(words[place + 2 + skip]?.text)) return place
  }
  return undefined
}

function hasInterfaces(words: readonly Word[], first: number, layout: Layout | undefined): boolean {
  const bare = isAddress(words[first]?.text) && isAddress(words[first + 1]?.text)
  const behind = isAddress(words[first + 2]?.text) && isAddress(words[first + 3]?.text)
  if (bare !== behind) return behind
  return layout?.interfaces ?? false
}

const signed = (option: string, text: string): string => (text.startsWith('!') ? ` ! ${option} ${text.slice(1)}` : ` ${option} ${text}`)

/** Names that resolvers give to addresses which are the same on every machine. */
const KNOWN_HOSTS: Readonly<Record<string, readonly [string, string]>> = {
  localhost: ['127.0.0.1', '::1'],
  default: ['0.0.0.0', 'default'],
  'loopback/8': ['127.0.0.0/8', 'loopback/8'],
  'link-local/16': ['169.254.0.0/16', 'link-local/16'],
}

function addressOption(option: string, text: string, ip6: boolean): string {
  const name = text.replace(/^!/, '')
  const known = Object.hasOwn(KNOWN_HOSTS, name) ? KNOWN_HOSTS[name]?.[ip6 ? 1 : 0] : name.replace(/^default\//, '0.0.0.0/')
  const any = name === 'anywhere' || name === '0.0.0.0/0' || name === '::/0'
  if (any && name === text) return ''
  return signed(option, `${text.startsWith('!') ? '!' : ''}${any ? (ip6 ? '::/0' : '0.0.0.0/0') : known}`)
}

function interfaceOption(option: string, text: string | undefined): string {
  return text === undefined || text === '*' || text === 'any' || text === '+' ? '' : signed(option, text)
}

function protocolOption(text: string): string {
  const name = text.replace(/^!/, '')
  const number = /^\d+$/.test(name) ? Number(name) : undefined
  if (number === 0 || name === 'all' || name === 'any' || name === 'ip') return ''
  return signed('-p', text.replace(name, number === undefined ? name : protocolName(number)))
}

/** The columns as options of iptables-save, each with a blank before it. */
export function headerOptions(columns: Columns, ip6: boolean): string {
  const fragment = columns.fragment === '-f' ? ' -f' : columns.fragment === '!f' ? ' ! -f' : ''
  return (
    addressOption('-s', columns.source, ip6) +
    addressOption('-d', columns.destination, ip6) +
    interfaceOption('-i', columns.iif) +
    interfaceOption('-o', columns.oif) +
    protocolOption(columns.protocol) +
    fragment
  )
}
