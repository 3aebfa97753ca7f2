import type { TraceStep } from '../../../facts/packet-log.ts'
import type { Source } from '../../../facts/source.ts'
import type { Document, Place } from '../../../intake/document.ts'
import type { IptablesRuleset, Rule, Table } from '../../../netfilter/iptables/ast.ts'
import type { NftRule, NftRuleset } from '../../../netfilter/nft/ast.ts'

/** A rule, or a chain's policy, as the captured ruleset has it. */
export interface FoundRule {
  /** 1-based; undefined: a policy. */
  readonly rule: number | undefined
  readonly verdict: string | undefined
  readonly text: string | undefined
  readonly source: Source | undefined
}

/** A rule that writes to the log, and the rule behind it where that refuses what was logged. */
export interface LoggingRule {
  readonly family: string
  readonly table: string
  readonly chain: string
  readonly rule: FoundRule
  readonly next: FoundRule | undefined
  /** Built-in chains that lead to it. */
  readonly from: ReadonlySet<string>
}

/** Rulesets of the namespace that a log comes from. */
export class Rulebook {
  readonly #iptables: readonly IptablesRuleset[]
  readonly #nft: readonly NftRuleset[]

  constructor(documents: readonly Document[]) {
    this.#iptables = documents.flatMap(({ content }) => (content.kind === 'iptables' ? [content.ruleset] : []))
    this.#nft = documents.flatMap(({ content }) => (content.kind === 'nft' ? [content.ruleset] : []))
  }

  /**
   * The rule that a trace met. The kernel's own lines count rules and come from iptables-legacy; xtables-monitor shows the rule's text, nft
   * its handle.
   */
  find(step: TraceStep): FoundRule | undefined {
    if (step.backend === 'kernel-log') return this.#byNumber(step)
    return (step.backend === 'xtables-monitor' ? this.#byText(step) : undefined) ?? this.#byHandle(step)
  }

  /** Rules that log with this prefix. */
  logging(prefix: string): readonly LoggingRule[] {
    const wanted = prefix.trim()
    return this.#iptables.flatMap(({ family, file, tables }) =>
      tables.flatMap((table) =>
        [...table.chains.values()].flatMap((chain) =>
          chain.rules
            .filter(({ target }) => (target?.kind === 'LOG' || target?.kind === 'NFLOG') && target.prefix?.trim() === wanted)
            .map((rule) => ({
              family,
              table: table.name,
              chain: chain.name,
              rule: foundOf(rule, file),
              next: refusing(rule, chain.rules[rule.number], file),
              from: leadingTo(chain.name, table),
            })),
        ),
      ),
    )
  }

  #byNumber({ family, table, chain, step, rule }: TraceStep): FoundRule | undefined {
    const rulesets = this.#iptables.filter((ruleset) => ruleset.family === family)
    const order = ['legacy', 'unknown', 'nft']
    for (const { tables, file } of rulesets.toSorted((a, b) => order.indexOf(a.backend) - order.indexOf(b.backend))) {
      const found = tables.find(({ name }) => name === table)?.chains.get(chain)
      if (!found) continue
      const met = rule === undefined || step === 'policy' ? undefined : found.rules[rule - 1]
      if (met) return foundOf(met, file)
      // behind the last rule: the policy, or the end of a user chain
      const verdict = step === 'policy' ? found.policy : 'RETURN'
      return { rule: undefined, verdict, text: undefined, source: { file, line: found.line } }
    }
    return undefined
  }

  #byText({ family, table, chain, text }: TraceStep): FoundRule | undefined {
    const written = text && /-A .*$/.exec(text)?.[0]
    if (!written) return undefined
    for (const { family: own, tables, file } of this.#iptables) {
      if (own !== family) continue
      const rule = tables
        .find(({ name }) => name === table)
        ?.chains.get(chain)
        ?.rules.find((one) => one.text === written)
      if (rule) return foundOf(rule, file)
    }
    return undefined
  }

  #byHandle({ family, table, chain, handle, text, step }: TraceStep): FoundRule | undefined {
    for (const { tables, file } of this.#nft) {
      const found = tables.find((one) => one.name === table && one.family === family)?.chains.find(({ name }) => name === chain)
      if (!found) continue
      if (step === 'policy')
        return { rule: undefined, verdict: found.base?.policy?.toUpperCase(), text: undefined, source: { file, line: found.line } }
      const handled = handle === undefined ? undefined : found.rules.find((rule) => rule.handle === handle)
      const rule = handled ?? only(found.rules.filter((one) => text !== undefined && uncounted(one.text) === uncounted(text)))
      if (rule) return foundNft(rule, file)
    }
    return undefined
  }
}

/** Rulesets by place; a log whose host is not told goes with the only host that there is. */
export function rulebooksOf(documents: readonly Document[]): (place: Place) => Rulebook {
  const rules = documents.filter(({ content }) => content.kind === 'iptables' || content.kind === 'nft')
  const places = new Set(rules.map(({ place }) => keyOf(place)))
  const books = new Map<string, Rulebook>()
  return (place) => {
    const own = keyOf(place)
    const key = places.has(own) || place.host !== undefined || places.size !== 1 ? own : ([...places][0] as string)
    const known = books.get(key)
    if (known) return known
    const book = new Rulebook(rules.filter((document) => keyOf(document.place) === key))
    books.set(key, book)
    return book
  }
}

const keyOf = ({ host, netns }: Place): string => `${host ?? ''}\0${netns}`

function foundOf(rule: Rule, file: string): FoundRule {
  return { rule: rule.number, verdict: verdictOf(rule), text: rule.text, source: { file, line: rule.line } }
}

function verdictOf({ target }: Rule): string | undefined {
  if (!target) return 'CONTINUE'
  if (target.kind === 'jump' || target.kind === 'goto') return target.kind.toUpperCase()
  return target.kind === 'opaque' ? target.name : target.kind
}

function foundNft(rule: NftRule, file: string): FoundRule {
  return { rule: rule.number, verdict: nftVerdict(rule.text), text: rule.text, source: { file, line: rule.line } }
}

/** What a rule's text ends with says more than the verdict that the monitor prints: a reject is a drop to it. */
export function nftVerdict(text: string): string | undefined {
  const word = /\b(reject|dnat|snat|masquerade|redirect|drop|accept|return|jump|goto|queue)\b(?![^"]*"$)[^"]*$/.exec(text)?.[1]
  return word?.toUpperCase()
}

/** The built-in chains from which jumps lead to a chain. */
function leadingTo(chain: string, { chains }: Table): ReadonlySet<string> {
  const seen = new Set([chain])
  for (const name of seen) {
    for (const { rules, name: caller } of chains.values())
      if (rules.some(({ target }) => (target?.kind === 'jump' || target?.kind === 'goto') && target.chain === name)) seen.add(caller)
  }
  return new Set([...seen].filter((name) => chains.get(name)?.policy !== undefined))
}

/** LOG and DROP of the same packets stand one behind the other. */
function refusing(rule: Rule, next: Rule | undefined, file: string): FoundRule | undefined {
  const verdict = next && verdictOf(next)
  if (!next || (verdict !== 'DROP' && verdict !== 'REJECT')) return undefined
  const condition = conditionOf(next)
  return condition === conditionOf(rule) || condition === '' ? foundOf(next, file) : undefined
}

/** Without chain, target and limits on how often is logged. */
const conditionOf = ({ text }: Rule): string =>
  (text.split(/ -[jg] /)[0] ?? '')
    .replace(/^-A \S+ ?/, '')
    .replace(/-m limit(?: --limit(?:-burst)? \S+)* ?/, '')
    .trim()

const uncounted = (text: string): string => text.replace(/\bcounter packets \d+ bytes \d+/g, 'counter').trim()

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined)
