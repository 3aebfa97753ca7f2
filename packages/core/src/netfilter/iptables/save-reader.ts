import type { Note } from '../../facts/source.ts'
import type { Family } from '../../net/address.ts'
import type { Counters, IptablesRuleset, Rule } from './ast.ts'
import { LineReader } from './read-line.ts'
import { cutRuleCommand, type RuleCommand } from './read-rule.ts'
import type { Backend, SaveSection } from './read-sections.ts'
import { append, RulesetBuilder, type TableBuilder } from './read-tables.ts'
import { WordReader } from './read-words.ts'
import { Repetition, UNUSED } from './repetition.ts'
import type { SharedRules } from './shared-rules.ts'

const NO_OPAQUE: readonly string[] = []
/** A command that a script or a person gives: the table and what follows. */
const TYPED = /^(?:sudo\s+)?(?:\S*\/)?x?ip6?tables(?:-legacy|-nft)?\s+(?:-w\s+(?:\d+\s+)?)?(?:(?:-t|--table)\s+(\S+)\s+)?(-\S.*)$/
const NONE: Counters = { packets: 0, bytes: 0 }
/** Longest raw text that a note keeps. */
const RAW_MAX = 400

/** One walk over the lines of a save. */
export class SaveReader {
  readonly #text: string
  readonly #file: string
  readonly #family: Family
  readonly #backend: Backend
  readonly #loose: string
  readonly #builder = new RulesetBuilder()
  readonly #lines = new Map<string, LineReader>()
  readonly #noted = new Set<string>()
  readonly #repetition: Repetition | undefined

  constructor(text: string, file: string, family: Family, backend: Backend, loose: string, shared: SharedRules | undefined) {
    this.#repetition = shared && new Repetition(shared, text, family)
    this.#text = text
    this.#file = file
    this.#family = family
    this.#backend = backend
    this.#loose = loose
  }

  read({ start, end, line: firstLine }: SaveSection): void {
    const text = this.#text
    let line = firstLine
    for (let at = start; at < end; line++) {
      const skipped = this.#repetition?.at(at, line, this.#builder.open, this.#builder.notes.length)
      if (skipped) {
        at += skipped.length
        line += skipped.lines - 1
        continue
      }
      let stop = text.indexOf('\n', at)
      if (stop < 0 || stop > end) stop = end
      const next = stop + 1
      while (stop > at && isBlank(text.charCodeAt(stop - 1))) stop--
      while (at < stop && isBlank(text.charCodeAt(at))) at++
      if (at < stop) this.#line(at, stop, line)
      at = next
    }
  }

  finish(): IptablesRuleset {
    const open = this.#builder.open
    if (open?.declared) this.#note('broken', `the text ends before COMMIT of table ${open.name}`, undefined, open.line)
    return this.#builder.finish(this.#family, this.#backend, this.#file)
  }

  #line(start: number, end: number, line: number): void {
    switch (this.#text.charCodeAt(start)) {
      case 45: // -
        this.#rule(start, end, line, undefined)
        break
      case 91: // [
        this.#counted(start, end, line)
        break
      case 58: // :
        this.#chain(start, end, line)
        break
      case 42: // *
        this.#builder.begin(this.#text.slice(start + 1, end), line, true)
        break
      case 35: // #
        this.#comment(start, end, line)
        break
      default:
        this.#other(start, end, line)
    }
  }

  #comment(start: number, end: number, line: number): void {
    const text = this.#text.slice(start, end)
    if (/legacy tables present|is incompatible, use 'nft' tool/.test(text))
      this.#note('not-understood', 'rules that this save does not show', text, line)
  }

  /** `[PACKETS:BYTES] -A …` */
  #counted(start: number, end: number, line: number): void {
    const close = this.#text.indexOf('] ', start)
    const counters = close > 0 && close < end ? parseCounters(this.#text.slice(start, close + 1)) : undefined
    if (!counters) {
      this.#note('not-understood', 'not a rule', this.#text.slice(start, end), line)
      return
    }
    let at = close + 2
    while (at < end && this.#text.charCodeAt(at) === 32) at++
    this.#rule(at, end, line, counters)
  }

  /** `:CHAIN POLICY [PACKETS:BYTES]` */
  #chain(start: number, end: number, line: number): void {
    const text = this.#text
    const blank = text.indexOf(' ', start)
    const nameEnd = blank < 0 || blank > end ? end : blank
    const name = text.slice(start + 1, nameEnd)
    if (name === '') this.#note('not-understood', 'not a chain', text.slice(start, end), line)
    else if (end - nameEnd === UNUSED.length && text.startsWith(UNUSED, nameEnd)) this.#table(line).declare(name, undefined, NONE, line)
    else {
      const [policy = '-', counters] = text.slice(nameEnd, end).trim().split(/\s+/)
      this.#table(line).declare(
        name,
        policy === '-' ? undefined : policy,
        counters === undefined ? undefined : parseCounters(counters),
        line,
      )
    }
  }

  #other(start: number, end: number, line: number): void {
    const text = this.#text.slice(start, end)
    if (text === 'COMMIT') {
      if (this.#builder.open) this.#builder.commit()
      else this.#note('not-understood', 'COMMIT without a table', text, line)
      return
    }
    const command = cutRuleCommand(text)
    const typed = TYPED.exec(text)
    if (command) this.#command(command, text, line, undefined)
    else if (!typed?.[2] || !this.#chainCommand(typed[2], line, typed[1]))
      this.#note('not-understood', 'not a line of iptables-save', text, line)
  }

  #rule(start: number, end: number, line: number, counters: Counters | undefined): void {
    const text = this.#text
    if (text.charCodeAt(start + 1) !== 65 || text.charCodeAt(start + 2) !== 32) {
      this.#otherCommand(text.slice(start, end), line, counters)
      return
    }
    let nameEnd = text.indexOf(' ', start + 3)
    if (nameEnd < 0 || nameEnd > end) nameEnd = end
    const table = this.#table(line)
    if (this.#repetition?.rule(table.chainAt(text, start + 3, nameEnd, line), start, end, line, counters)) return
    const parts = this.#reader(table.name).read(text, nameEnd + 1, end)
    if (!parts) {
      this.#otherCommand(text.slice(start, end), line, counters)
      return
    }
    const chain = table.chainAt(text, start + 3, nameEnd, line)
    const rule: Rule = {
      chain: chain.name,
      number: chain.rules.length + 1,
      header: parts.header,
      matches: parts.matches,
      target: parts.target,
      counters,
      opaque: NO_OPAQUE,
      text: text.slice(start, end),
      line,
    }
    append(chain, rule)
    this.#repetition?.keep(rule)
  }

  #reader(table: string): LineReader {
    let reader = this.#lines.get(table)
    if (!reader) {
      reader = new LineReader(this.#family, table)
      this.#lines.set(table, reader)
    }
    return reader
  }

  #otherCommand(text: string, line: number, counters: Counters | undefined): void {
    const command = cutRuleCommand(text)
    if (command) this.#command(command, text, line, counters)
    else if (!this.#chainCommand(text, line)) this.#note('not-understood', 'not a line of iptables-save', text, line)
  }

  /** A rule in any spelling, appended or inserted. */
  #command(command: RuleCommand, text: string, line: number, counters: Counters | undefined): void {
    const table = command.table === undefined ? this.#table(line) : this.#builder.named(command.table, line)
    if (command.command !== 'append' && command.command !== 'insert') {
      this.#note('not-understood', `a save holds no commands that ${command.command} a rule: it was left out`, text, line)
      return
    }
    const parts = new WordReader(command.options, this.#family, table.name).read()
    const chain = table.chain(command.chain, line)
    const position = command.command === 'append' ? chain.rules.length + 1 : Math.min(command.position ?? 1, chain.rules.length + 1)
    const rule: Rule = {
      chain: chain.name,
      number: position,
      header: parts.header,
      matches: parts.matches,
      target: parts.target,
      counters: counters ?? parts.counters,
      opaque: parts.opaque,
      text: text.startsWith('-') ? text : `-A ${command.chain} ${command.options}`,
      line,
    }
    table.insert(chain, rule)
    for (const [i, problem] of parts.problems.entries()) this.#noteOnce(problem, parts.opaque[i] ?? text, line)
  }

  /** `-P CHAIN POLICY [-c P B]`, `-N CHAIN`, `-F`, `-X` as iptables -S prints and iptables-restore takes them. */
  #chainCommand(text: string, line: number, tableName?: string): boolean {
    const [command, name, policy, c, packets, bytes] = text.split(/\s+/)
    const table = tableName === undefined ? this.#table(line) : this.#builder.named(tableName, line)
    switch (command) {
      case '-P':
      case '--policy':
        if (name === undefined || policy === undefined) return false
        table.declare(name, policy, c === '-c' ? parseCounters(`[${packets}:${bytes}]`) : undefined, line)
        return true
      case '-N':
      case '--new-chain':
        if (name === undefined) return false
        table.declare(name, undefined, undefined, line)
        return true
      case '-F':
      case '--flush':
        table.flush(name)
        return true
      case '-X':
      case '--delete-chain':
        table.remove(name)
        return true
      default:
        return false
    }
  }

  /** The open table, or the one that rules without a `*table` line belong to. */
  #table(line: number): TableBuilder {
    return this.#builder.open ?? this.#builder.named(this.#loose, line)
  }

  /** The same problem again and again is one note. */
  #noteOnce(problem: string, raw: string, line: number): void {
    if (this.#noted.has(problem)) return
    this.#noted.add(problem)
    this.#note('not-understood', problem, raw, line)
  }

  #note(kind: Note['kind'], text: string, raw: string | undefined, line: number): void {
    const source = { file: this.#file, line }
    this.#builder.notes.push(raw === undefined ? { kind, text, source } : { kind, text, raw: raw.slice(0, RAW_MAX), source })
  }
}

const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 13

/** `[PACKETS:BYTES]` */
function parseCounters(text: string): Counters | undefined {
  const found = /^\[(\d+):(\d+)\]$/.exec(text)
  return found ? { packets: Number(found[1]), bytes: Number(found[2]) } : undefined
}
