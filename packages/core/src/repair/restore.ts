import type { Document } from '../intake/document.ts'
import type { Namespace } from '../model/namespace.ts'
import type { IptablesRuleset, Table } from '../netfilter/iptables/ast.ts'
import { cutWords } from '../netfilter/iptables/tokens.ts'
import type { Draft } from './compose.ts'
import type { IptablesProgram } from './operation.ts'
import { canonical, optionsOf, programName } from './operations/iptables.ts'

/** Which of the saved rules are meant; all where nothing is said. */
export interface Wanted {
  readonly table?: string | undefined
  readonly chain?: string | undefined
}

/**
 * The steps that put back what a saved ruleset has and the machine has not: chains first, then each missing rule at the place that it has among the
 * rules that are still there. Rules that came since stay. For rules that a program owns its restart is the better way: it writes them as they must be now.
 */
export function restoreDrafts(saved: readonly Document[], namespace: Namespace, wanted: Wanted): readonly Draft[] {
  const rulesets = saved.flatMap(({ content }) => (content.kind === 'iptables' ? [content.ruleset] : []))
  return rulesets.flatMap((ruleset) => {
    const now = namespace.iptables.find(({ family, backend }) => family === ruleset.family && sameBackend(backend, ruleset.backend))
    const program: IptablesProgram = {
      family: ruleset.family,
      backend: now?.backend === 'legacy' ? 'legacy' : now?.backend === 'nft' ? 'nft' : 'default',
    }
    return ruleset.tables
      .filter(({ name }) => wanted.table === undefined || name === wanted.table)
      .flatMap((table) => tableDrafts(table, now, program, wanted))
  })
}

/** A save that does not tell its program fits whichever is there. */
const sameBackend = (now: IptablesRuleset['backend'], saved: IptablesRuleset['backend']): boolean =>
  saved === 'unknown' || now === 'unknown' || now === saved

function tableDrafts(table: Table, now: IptablesRuleset | undefined, program: IptablesProgram, { chain: only }: Wanted): readonly Draft[] {
  const there = now?.tables.find(({ name }) => name === table.name)
  const chains = [...table.chains.values()].filter(({ name }) => only === undefined || name === only)
  const why = 'it is in the saved ruleset and is gone'
  const start = [programName(program), '-t', table.name]
  const made = chains
    .filter(({ name, policy }) => policy === undefined && !there?.chains.has(name))
    .map(({ name }): Draft => ({ command: [...start, '-N', name], why }))
  const rules = chains.flatMap((chain) => {
    const spot = { program, table: table.name, chain: chain.name }
    const present = (there?.chains.get(chain.name)?.rules ?? []).map((rule) => canonical(optionsOf(rule.text), spot))
    return missingRules(
      present,
      chain.rules.map((rule) => canonical(optionsOf(rule.text), spot)),
    ).map(({ position, text }): Draft => ({ command: [...start, '-I', chain.name, String(position), ...cutWords(text).words], why }))
  })
  return [...made, ...rules]
}

/** Walks both lists together: what is missing goes right behind the saved rule before it. */
export function missingRules(
  present: readonly string[],
  saved: readonly string[],
): readonly { readonly position: number; readonly text: string }[] {
  const current = [...present]
  const missing: { position: number; text: string }[] = []
  let at = 0
  for (const text of saved) {
    const found = current.indexOf(text, at)
    if (found >= 0) {
      at = found + 1
      continue
    }
    current.splice(at, 0, text)
    at++
    missing.push({ position: at, text })
  }
  return missing
}
