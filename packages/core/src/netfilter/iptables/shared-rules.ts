import type { Counters, Rule } from './ast.ts'
import type { MutableChain } from './read-tables.ts'

/** Rules of one chain that stood one behind the other, and the text that they were read from. */
export interface Run {
  readonly chain: MutableChain
  readonly text: string
  readonly start: number
  readonly end: number
  /** Line of the first, and how many there are. */
  readonly line: number
  readonly lines: number
  readonly rules: readonly Rule[]
  /** The run that stood right behind it. */
  next: Run | undefined
  /** The last of all that stood one behind the other from here on. */
  last: Run | undefined
}

/** Lines that declare chains, one behind the other. */
export interface Declarations {
  readonly body: string
  readonly line: number
  readonly names: readonly string[]
}

/** More single lines than this are not kept: a ruleset of that size is its own. */
const MOST_LINES = 400_000

/** What the rulesets of several hosts have in common in one table. */
export class SharedTable {
  readonly #runs = new Map<string, Run>()
  readonly #rules = new Map<string, Rule>()
  declarations: Declarations | undefined

  /** The run that `text` repeats at `at`, byte for byte and on the same line, up to the end of the chain's rules there. `expected`: the one behind the last. */
  run(text: string, at: number, line: number, expected: Run | undefined): Run | undefined {
    if (expected && repeats(expected, expected, text, at, line)) return expected
    const nameEnd = text.indexOf(' ', at + 3)
    const run = nameEnd < 0 ? undefined : this.#runs.get(text.slice(at + 3, nameEnd))
    return run && repeats(run, run, text, at, line) ? run : undefined
  }

  named(chain: string): Run | undefined {
    return this.#runs.get(chain)
  }

  keepRun(run: Run, before: Run | undefined): void {
    if (this.#runs.has(run.chain.name)) return
    this.#runs.set(run.chain.name, run)
    if (before && before.text === run.text && before.end === run.start) before.next ??= run
  }

  /** The same rule at its own place. `text` begins with `-A`. */
  rule(text: string, number: number, line: number, counters: Counters | undefined): Rule | undefined {
    const known = this.#rules.get(text)
    if (!known) return undefined
    if (known.number === number && known.line === line && !counters && !known.counters) return known
    const { chain, header, matches, target, opaque } = known
    return { chain, number, header, matches, target, counters, opaque, text: known.text, line }
  }

  keepRule(rule: Rule): void {
    if (this.#rules.size < MOST_LINES) this.#rules.set(rule.text, rule)
  }
}

/** Does `text` hold at `at` what stood from the first to the last run, and do the last one's rules end there? */
export function repeats(first: Run, last: Run, text: string, at: number, line: number): boolean {
  if (first.line !== line) return false
  const end = at + last.end - first.start
  // Two slices compare as memory does.
  if (text.slice(at, end) !== first.text.slice(first.start, last.end)) return false
  const { name } = last.chain
  return !(text.startsWith('-A ', end) && text.startsWith(name, end + 3) && text.charCodeAt(end + 3 + name.length) === 32)
}

/** The last of the runs that stood one behind the other. */
export function lastOf(run: Run): Run {
  if (run.last) return run.last
  let last = run
  while (last.next) last = last.next
  for (let at: Run | undefined = run; at; at = at.next) at.last = last
  return last
}

/**
 * What rulesets of several hosts have in common. kube-proxy writes nearly the same rules on every node: a chain whose text stands on the same
 * lines shares its rules whole, a rule that stands elsewhere, or has other counters, shares all that was read of it.
 */
export class SharedRules {
  readonly #tables = new Map<string, SharedTable>()

  table(scope: string): SharedTable {
    let table = this.#tables.get(scope)
    if (!table) {
      table = new SharedTable()
      this.#tables.set(scope, table)
    }
    return table
  }
}
