import type { Family } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { parseProtocol } from '../../net/protocol.ts'
import type { Counters, Header } from './ast.ts'
import { readAddress, readInterface, readProtocol } from './header.ts'
import type { Match } from './matches/index.ts'
import { matchModules } from './matches/registry.ts'
import type { GivenOption, Problem } from './module.ts'
import { isProblem, opaqueMatch, opaqueTarget, readMatch, readTarget, takeOption } from './read-options.ts'
import type { Target } from './targets/index.ts'
import { targetModules } from './targets/registry.ts'
import { bare, cutWords, type Words } from './tokens.ts'

/** What the options of a rule say, without its place. */
export interface RuleParts {
  readonly header: Header
  readonly matches: readonly Match[]
  readonly target: Target | undefined
  /** `-c PACKETS BYTES` among the options. */
  readonly counters: Counters | undefined
  readonly opaque: readonly string[]
  /** Why each part of `opaque` was not understood. */
  readonly problems: readonly string[]
}

const LONG: Readonly<Record<string, string>> = {
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--protocol': '-p',
  '--proto': '-p',
  '--fragment': '-f',
  '--match': '-m',
  '--jump': '-j',
  '--goto': '-g',
  '--set-counters': '-c',
}
const SHORT = new Set(Object.values(LONG))

/** A match or target whose options are being gathered. */
interface Extension {
  readonly role: 'match' | 'target'
  readonly name: string
  readonly options: Readonly<Record<string, number>> | undefined
  readonly given: GivenOption[]
  /** Words of an extension without a module. */
  readonly swallowed: string[]
}

/**
 * Reads a rule's options in any order and spelling that iptables takes (do_command4, do_command6). An option belongs to the extension
 * named last that knows it; when none does, the protocol's own match is loaded. Whatever is left is kept as opaque.
 */
export class WordReader {
  readonly #cut: Words
  readonly #context: { readonly family: Family; readonly table: string; protocol: number }
  readonly #header: { -readonly [K in keyof Header]: Header[K] } = {}
  readonly #extensions: Extension[] = []
  #goto: string | undefined
  #counters: Counters | undefined
  readonly #opaque: string[] = []
  readonly #problems: string[] = []

  constructor(text: string, family: Family, table: string) {
    this.#cut = cutWords(text)
    this.#context = { family, table, protocol: 0 }
  }

  read(): RuleParts {
    const { words } = this.#cut
    let i = 0
    // an extension's own option wins over a short form of iptables' (policy has a --proto)
    while (i < words.length) i = this.#owned(i) ?? this.#core(i) ?? this.#implied(i) ?? this.#swallow(i)
    const matches: Match[] = []
    let target: Target | undefined = this.#goto === undefined ? undefined : { kind: 'goto', chain: this.#goto }
    for (const extension of this.#extensions) {
      if (extension.role === 'match') matches.push(this.#match(extension))
      else target = this.#target(extension)
    }
    return { header: this.#header, matches, target, counters: this.#counters, opaque: this.#opaque, problems: this.#problems }
  }

  /** An option of iptables itself; undefined when the word at `at` is none. */
  #core(at: number): number | undefined {
    const { words } = this.#cut
    let i = at
    let negated = words[i] === '!'
    if (negated) i++
    const parsed = coreOption(words[i] ?? '')
    if (!parsed) return undefined
    i++
    if (parsed.option === '-f') return this.#set('-f', negated, '', at, i)
    if (parsed.value === undefined && words[i] === '!') {
      negated = !negated
      i++
    }
    const value = parsed.value ?? words[i++]
    if (value === undefined) {
      this.#keep(this.#text(at, words.length), `${parsed.option} lacks its argument`)
      return words.length
    }
    if (parsed.option === '-c' && /^\d+$/.test(words[i] ?? '')) return this.#set('-c', negated, `${value},${words[i]}`, at, i + 1)
    return this.#set(parsed.option, negated, value, at, i)
  }

  #set(option: string, negated: boolean, value: string, at: number, next: number): number {
    const header = this.#header
    const { family } = this.#context
    const put = <K extends keyof Header>(key: K, read: Header[K] | Problem | undefined) => {
      if (isProblem(read)) this.#keep(this.#text(at, next), read.text)
      else if (header[key] !== undefined) this.#keep(this.#text(at, next), `${option} is given twice`)
      else if (read !== undefined) header[key] = read
    }
    switch (option) {
      case '-s':
        put('source', readAddress(value, negated, family))
        break
      case '-d':
        put('destination', readAddress(value, negated, family))
        break
      case '-i':
        put('iif', readInterface(value, negated))
        break
      case '-o':
        put('oif', readInterface(value, negated))
        break
      case '-p': {
        const read = readProtocol(value, negated)
        put('protocol', read)
        if (read && !isProblem(read) && !negated) this.#context.protocol = read.protocol
        break
      }
      case '-f':
        put('fragment', { negated })
        break
      case '-c': {
        const [, packets, bytes] = /^(\d+),(\d+)$/.exec(value) ?? []
        if (packets === undefined || bytes === undefined) this.#keep(this.#text(at, next), 'not counters')
        else this.#counters = { packets: Number(packets), bytes: Number(bytes) }
        break
      }
      case '-g':
        this.#goto = value
        break
      case '-m':
        this.#extensions.push(extension('match', value, matchModules.get(value)?.options))
        break
      case '-j':
        this.#extensions.push(extension('target', value, targetModules.get(value)?.options))
        break
    }
    return next
  }

  /** An option of an extension that was named: the last one that knows it. */
  #owned(at: number): number | undefined {
    const { words } = this.#cut
    for (let k = this.#extensions.length - 1; k >= 0; k--) {
      const one = this.#extensions[k]
      const taken = one?.options && takeOption(words, at, one.options)
      if (!taken) continue
      one.given.push(taken.given)
      return taken.next
    }
    return undefined
  }

  /** An option of the protocol's own match, which is loaded for it. Behind an unknown extension it may as well be that one's. */
  #implied(at: number): number | undefined {
    const { words } = this.#cut
    const last = this.#extensions.at(-1)
    if (last && !last.options) return undefined
    const implied = impliedMatch(this.#context.protocol || protocolAhead(words, at))
    const module = implied === undefined ? undefined : matchModules.get(implied)
    const taken = module && takeOption(words, at, module.options)
    if (!taken || !implied) return undefined
    const loaded = extension('match', implied, module.options)
    loaded.given.push(taken.given)
    this.#extensions.push(loaded)
    return taken.next
  }

  /** A word that nobody knows goes with the unknown extension before it, or stands alone with its arguments. */
  #swallow(at: number): number {
    const { words } = this.#cut
    let next = words[at] === '!' ? at + 2 : at + 1
    while (next < words.length && !this.#begins(next)) next++
    const last = this.#extensions.at(-1)
    if (last && !last.options) last.swallowed.push(this.#text(at, next))
    else this.#keep(this.#text(at, next), `unknown option: ${words[at]}`)
    return next
  }

  /** Does another option begin at this word? */
  #begins(at: number): boolean {
    const { words } = this.#cut
    const word = words[at] === '!' ? words[at + 1] : words[at]
    return word?.startsWith('-') === true && (word.startsWith('--') || coreOption(word) !== undefined)
  }

  #match(one: Extension): Match {
    const read = one.options && readMatch(one.name, one.given, this.#context)
    if (read && !isProblem(read)) return read
    const text = extensionText(one)
    this.#keep(`-m ${text}`, read ? `-m ${one.name}: ${read.text}` : `unknown match: ${one.name}`)
    return opaqueMatch(one.name, text)
  }

  #target(one: Extension): Target {
    const read = one.options && readTarget(one.name, one.given, this.#context)
    if (read && !isProblem(read)) return read
    if (!one.options && one.swallowed.length === 0) return { kind: 'jump', chain: one.name }
    const text = extensionText(one)
    this.#keep(`-j ${text}`, read ? `-j ${one.name}: ${read.text}` : `unknown target: ${one.name}`)
    return opaqueTarget(one.name, text)
  }

  #keep(text: string, why: string): void {
    this.#opaque.push(text)
    this.#problems.push(why)
  }

  #text(from: number, to: number): string {
    const { words } = this.#cut
    return words.slice(from, to).map(bare).join(' ')
  }
}

const extension = (role: Extension['role'], name: string, options: Extension['options']): Extension => ({
  role,
  name,
  options,
  given: [],
  swallowed: [],
})

/** `-s`, `--source`, `--source=ADDRESS` or `-sADDRESS`. */
function coreOption(word: string): { readonly option: string; readonly value: string | undefined } | undefined {
  if (word.charCodeAt(0) !== 45) return undefined
  if (SHORT.has(word)) return { option: word, value: undefined }
  if (!word.startsWith('--')) {
    const option = word.slice(0, 2)
    return SHORT.has(option) ? { option, value: word.slice(2) } : undefined
  }
  const equals = word.indexOf('=')
  const option = LONG[equals < 0 ? word : word.slice(0, equals)]
  return option === undefined ? undefined : { option, value: equals < 0 ? undefined : word.slice(equals + 1) }
}

/** The match that iptables loads for an option it does not know (load_proto). */
function impliedMatch(protocol: number): string | undefined {
  for (const [name, number] of Object.entries(PROTOCOL)) if (number === protocol) return name
  return protocol === 135 ? 'mh' : undefined
}

function protocolAhead(words: readonly string[], at: number): number {
  const i = words.findIndex((word, k) => k > at && coreOption(word)?.option === '-p')
  return i < 0 || words[i - 1] === '!' ? 0 : (parseProtocol(coreOption(words[i] ?? '')?.value ?? words[i + 1] ?? '') ?? 0)
}

function extensionText(one: Extension): string {
  const given = one.given.map(({ option, negated, args }) =>
    [negated ? '!' : '', `--${option}`, ...args.map(bare)].filter((word) => word !== '').join(' '),
  )
  return [one.name, ...given, ...one.swallowed].join(' ')
}
