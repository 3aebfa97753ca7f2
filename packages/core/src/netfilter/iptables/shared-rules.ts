import type { Counters, Rule } from './ast.ts'

/** Rules of one chain that stood one behind the other, and the text that they were read from. */
export interface Run {
  readonly chain: string
  readonly body: string
  readonly lines: number
  /** Line of the first. */
  readonly line: number
  readonly rules: readonly Rule[]
  /** The run that came behind it: where one is repeated, the next mostly is. */
  next: Run | undefined
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
    if (expected && repeats(expected, text, at, line)) return expected
    const nameEnd = text.indexOf(' ', at + 3)
    const run = nameEnd < 0 ? undefined : this.#runs.get(text.slice(at + 3, nameEnd))
    return run && repeats(run, text, at, line) ? run : undefined
  }

  keepRun(run: Run, before: Run | undefined): void {
    if (this.#runs.has(run.chain)) return
    this.#runs.set(run.chain, run)
    if (before) before.next ??= run
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

function repeats(run: Run, text: string, at: number, line: number): boolean {
  if (run.line !== line || !text.startsWith(run.body, at)) return false
  const end = at + run.body.length
  return !(text.startsWith('-A ', end) && text.startsWith(run.chain, end + 3) && text.charCodeAt(end + 3 + run.chain.length) === 32)
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
