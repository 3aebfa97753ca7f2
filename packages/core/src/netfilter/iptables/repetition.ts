import type { Counters, Rule } from './ast.ts'
import { CountedChain, RuleCounters } from './counted-chain.ts'
import { append, type MutableChain, type TableBuilder } from './read-tables.ts'
import { type Declarations, lastOf, type Run, repeats, type SharedRules, type SharedTable } from './shared-rules.ts'

/** What stands behind the name of nearly every chain that a program made. */
export const UNUSED = ' - [0:0]'
const DASH = 45
const COLON = 58
const SPACE = 32
const BRACKET = 91
const LINE_END = 10

/** Lines of one table that another host's ruleset held before. */
interface Skipped {
  readonly length: number
  readonly lines: number
}

/** Follows the lines of one ruleset beside those of the hosts before it: skips what is repeated, and keeps what may be repeated by the next. */
export class Repetition {
  readonly #shared: SharedRules
  readonly #text: string
  readonly #family: string
  #builder: TableBuilder | undefined
  #table: SharedTable | undefined
  /** Rules of one chain one behind the other, while they last. */
  #run: { readonly chain: MutableChain; readonly start: number; readonly line: number; readonly notes: number } | undefined
  #declared: { readonly start: number; readonly line: number; readonly names: string[] } | undefined
  /** Declarations that this ruleset has as well. */
  #alike: Declarations | undefined
  #last: Run | undefined
  readonly #counts = new RuleCounters()

  constructor(shared: SharedRules, text: string, family: string) {
    this.#shared = shared
    this.#text = text
    this.#family = family
  }

  /** Called at the beginning of each line. `notes`: how many there are so far; a run that made one is not kept. */
  at(position: number, line: number, builder: TableBuilder | undefined, notes: number): Skipped | undefined {
    const text = this.#text
    const first = text.charCodeAt(position)
    if (this.#run && !this.#goesOn(position, first)) this.#endRun(position, line, notes)
    if (this.#declared && first !== COLON) this.#endDeclarations(position)
    if (builder !== this.#builder) this.#enter(builder)
    if (!builder || !this.#table) return undefined
    if (first === COLON) return this.#declarations(position, line, builder)
    if (first === BRACKET && !this.#run) return this.#counted(position, line, builder, notes)
    if (first !== DASH || this.#run || !text.startsWith('-A ', position)) return undefined
    return this.#rules(position, line, builder, notes)
  }

  /** A rule that another host has as well, in another place or with other counters. */
  rule(chain: MutableChain, start: number, end: number, line: number, counters: Counters | undefined): boolean {
    const known = this.#table?.rule(this.#text.slice(start, end), chain.rules.length + 1, line, counters)
    if (known) append(chain, known)
    return known !== undefined
  }

  keep(rule: Rule): void {
    this.#table?.keepRule(rule)
  }

  #enter(builder: TableBuilder | undefined): void {
    this.#builder = builder
    this.#table = builder?.declared ? this.#shared.table(`${this.#family} ${builder.name}`) : undefined
    this.#last = undefined
    this.#alike = undefined
  }

  #goesOn(position: number, first: number): boolean {
    const at = first === BRACKET ? this.#behindCounters(position) : first === DASH ? position : -1
    return at >= 0 && this.#isOf(this.#run?.chain.name ?? '', at)
  }

  /** Does a rule of this chain stand at `at`? */
  #isOf(name: string, at: number): boolean {
    const text = this.#text
    return text.startsWith('-A ', at) && text.startsWith(name, at + 3) && text.charCodeAt(at + 3 + name.length) === SPACE
  }

  /** Where the rule begins behind `[12:3456] `; -1: there are no counters. */
  #behindCounters(position: number): number {
    const text = this.#text
    let at = position + 1
    while (isDigit(text.charCodeAt(at))) at++
    if (text.charCodeAt(at) !== COLON) return -1
    at++
    while (isDigit(text.charCodeAt(at))) at++
    return text.startsWith('] ', at) ? at + 2 : -1
  }

  /** Rules with counters: everything else of them may be another host's. */
  #counted(position: number, line: number, builder: TableBuilder, notes: number): Skipped | undefined {
    const text = this.#text
    const at = this.#behindCounters(position)
    const nameEnd = at < 0 ? -1 : text.indexOf(' ', at + 3)
    if (nameEnd < 0 || !text.startsWith('-A ', at)) return undefined
    const expected = this.#last?.next
    const known = expected && this.#isOf(expected.chain.name, at) ? expected : this.#table?.named(text.slice(at + 3, nameEnd))
    const chain = known ? builder.chain(known.chain.name, line) : builder.chainAt(text, at + 3, nameEnd, line)
    if (chain.rules.length > 0) return undefined
    const first = this.#counts.size
    const end = known && known.line === line ? this.#sameButCounters(known, position) : -1
    if (!known || end < 0) {
      this.#counts.cut(first)
      this.#run = { chain, start: position, line, notes }
      return undefined
    }
    builder.replace(new CountedChain(chain, known.rules, this.#counts, first))
    this.#last = known
    return { length: end - position, lines: known.lines }
  }

  /** Where the run ends, its counters added; -1: a rule is another. */
  #sameButCounters({ rules, chain }: Run, position: number): number {
    const text = this.#text
    let at = position
    for (const rule of rules) {
      const from = this.#behindCounters(at)
      const end = from + rule.text.length
      if (from < 0 || text.charCodeAt(end) !== LINE_END || !text.startsWith(rule.text, from)) return -1
      const colon = text.indexOf(':', at)
      this.#counts.add(Number(text.slice(at + 1, colon)))
      this.#counts.add(Number(text.slice(colon + 1, from - 2)))
      at = end + 1
    }
    const behind = this.#behindCounters(at)
    return this.#isOf(chain.name, behind < 0 ? at : behind) ? -1 : at
  }

  #rules(position: number, line: number, builder: TableBuilder, notes: number): Skipped | undefined {
    const text = this.#text
    const known = this.#table?.run(text, position, line, this.#last?.next)
    if (known) return this.#repeat(known, position, line, builder)
    const nameEnd = text.indexOf(' ', position + 3)
    if (nameEnd < 0) return undefined
    const chain = builder.chainAt(text, position + 3, nameEnd, line)
    if (chain.rules.length === 0) this.#run = { chain, start: position, line, notes }
    return undefined
  }

  /** Takes one run, or all that follow it where these are repeated as well. */
  #repeat(first: Run, position: number, line: number, builder: TableBuilder): Skipped | undefined {
    const end = lastOf(first)
    const last = end !== first && repeats(first, end, this.#text, position, line) ? end : first
    const runs: Run[] = []
    for (let run: Run | undefined = first; run; run = run === last ? undefined : run.next) {
      if (builder.hasRules(run.chain.name)) return undefined
      runs.push(run)
    }
    for (const { chain, rules, line: at } of runs) {
      if (chain.rules === rules && this.#isDeclaredAlike(chain)) builder.borrow(chain)
      else builder.share(builder.chain(chain.name, at), rules)
    }
    this.#last = last
    return { length: last.end - first.start, lines: last.line + last.lines - first.line }
  }

  /** Declared on the same line by both hosts. */
  #isDeclaredAlike({ name, line }: MutableChain): boolean {
    return this.#alike !== undefined && this.#alike.names[line - this.#alike.line] === name
  }

  #endRun(position: number, line: number, notes: number): void {
    const run = this.#run
    this.#run = undefined
    if (!run || notes > run.notes || run.chain.rules.length !== line - run.line) return
    const { chain, start } = run
    const kept: Run = {
      chain,
      text: this.#text,
      start,
      end: position,
      lines: line - run.line,
      line: run.line,
      rules: chain.rules,
      next: undefined,
      last: undefined,
    }
    chain.shared = true
    this.#table?.keepRun(kept, this.#last)
    this.#last = kept
  }

  /** Chains that are declared one behind the other, all of them unused ones of a program. */
  #declarations(position: number, line: number, builder: TableBuilder): Skipped | undefined {
    const text = this.#text
    const known = this.#table?.declarations
    if (!this.#declared && known && known.line === line && text.startsWith(known.body, position)) {
      for (const [i, name] of known.names.entries()) builder.declare(name, undefined, NONE, line + i)
      this.#alike = known
      return { length: known.body.length, lines: known.names.length }
    }
    const blank = text.indexOf(' ', position)
    const unused = text.startsWith(UNUSED, blank) && text.charCodeAt(blank + UNUSED.length) === 10
    if (!unused) this.#endDeclarations(position)
    else {
      this.#declared ??= { start: position, line, names: [] }
      this.#declared.names.push(text.slice(position + 1, blank))
    }
    return undefined
  }

  #endDeclarations(position: number): void {
    const declared = this.#declared
    this.#declared = undefined
    if (!declared || !this.#table || this.#table.declarations) return
    const kept: Declarations = { body: this.#text.slice(declared.start, position), line: declared.line, names: declared.names }
    this.#table.declarations = kept
  }
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57
const NONE: Counters = { packets: 0, bytes: 0 }
