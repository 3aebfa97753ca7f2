import type { Counters, Rule } from './ast.ts'
import { append, type MutableChain, type TableBuilder } from './read-tables.ts'
import { type Declarations, lastOf, type Run, repeats, type SharedRules, type SharedTable } from './shared-rules.ts'

/** What stands behind the name of nearly every chain that a program made. */
export const UNUSED = ' - [0:0]'
const DASH = 45
const COLON = 58
const SPACE = 32

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
    const name = this.#run?.chain.name ?? ''
    return first === DASH && this.#text.startsWith(name, position + 3) && this.#text.charCodeAt(position + 3 + name.length) === SPACE
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

const NONE: Counters = { packets: 0, bytes: 0 }
