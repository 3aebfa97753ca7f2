import type { Source } from '../../facts/source.ts'
import { BUILTIN_CHAINS } from '../../netfilter/owners/view.ts'
import type { ChainPlace, Difference, Side, Spot } from './difference.ts'
import { compareSequences } from './sequence.ts'

/** A rule as it is compared. */
export interface RuleLine {
  /** As printed: what is shown, and compared first. */
  readonly text: string
  readonly number: number
  readonly line: number
  /** Without counters, in one spelling: asked for only where the texts differ. */
  readonly canonical: () => string
}

/** A chain of either program. */
export interface ChainLines {
  readonly name: string
  /** Policy of a base chain, with hook and priority where they are not in its name. */
  readonly policy: string | undefined
  readonly source: Source
  readonly rules: readonly RuleLine[]
}

/** The chains of a table as both programs have them. */
export interface TableLines {
  readonly backend: ChainPlace['backend']
  readonly family: string
  readonly name: string
  readonly file: string
  readonly chains: ReadonlyMap<string, ChainLines>
}

/** The rules of one table, chain by chain. undefined: that snapshot has no such table (and would show it). */
export function compareTables(spot: Spot, before: TableLines | undefined, after: TableLines | undefined): readonly Difference[] {
  const { backend, family, name } = (after ?? before) as TableLines
  const names = new Set([...chainsOf(before), ...chainsOf(after)])
  return [...names].flatMap((chain) =>
    compareChains(
      { spot, at: { backend, family, table: name, chain }, before: before?.file ?? '', after: after?.file ?? '' },
      worth(before?.chains.get(chain)),
      worth(after?.chains.get(chain)),
    ),
  )
}

const chainsOf = (table: TableLines | undefined): readonly string[] => [...(table?.chains.keys() ?? [])]

/** A built-in chain without rules that lets everything through is there when anybody looks at its table, and does nothing. */
const worth = (chain: ChainLines | undefined): ChainLines | undefined =>
  chain && chain.rules.length === 0 && chain.policy === 'ACCEPT' && BUILTIN_CHAINS.has(chain.name) ? undefined : chain

interface Between {
  readonly spot: Spot
  readonly at: ChainPlace
  /** Files of the two tables. */
  readonly before: string
  readonly after: string
}

function compareChains(between: Between, before: ChainLines | undefined, after: ChainLines | undefined): readonly Difference[] {
  const { spot, at } = between
  if (!before && !after) return []
  const base = { host: spot.host, netns: spot.netns, object: at.chain, at, fields: [] }
  const found: Difference[] = []
  const builtin = BUILTIN_CHAINS.has(at.chain) && at.backend !== 'nft'
  const [was, is] = [before?.policy ?? (builtin ? 'ACCEPT' : undefined), after?.policy ?? (builtin ? 'ACCEPT' : undefined)]
  if (!builtin && (!before || !after)) found.push({ ...base, kind: 'chain', change: before ? 'removed' : 'added', ...sides(before, after) })
  else if (was !== is)
    found.push({
      ...base,
      kind: 'policy',
      change: 'changed',
      ...sides(before, after),
      fields: [{ field: 'policy', before: was, after: is }],
    })
  return [...found, ...compareRules(between, before?.rules ?? [], after?.rules ?? [])]
}

const sides = (before: ChainLines | undefined, after: ChainLines | undefined): Pick<Difference, 'before' | 'after'> => ({
  before: before && { text: headText(before), source: before.source },
  after: after && { text: headText(after), source: after.source },
})

const headText = ({ name, policy }: ChainLines): string => (policy === undefined ? name : `${name} ${policy}`)

function compareRules(between: Between, before: readonly RuleLine[], after: readonly RuleLine[]): readonly Difference[] {
  if (before.length === after.length && before.every(({ text }, i) => text === after[i]?.text)) return []
  const [old, now] = [before.map((rule) => rule.canonical()), after.map((rule) => rule.canonical())]
  const { removed, added, moved, replaced } = compareSequences(old, now)
  const { spot, at } = between
  const difference = (change: Difference['change'], from: number | undefined, to: number | undefined): Difference => ({
    kind: 'rule',
    change,
    host: spot.host,
    netns: spot.netns,
    object: at.chain,
    at,
    before: from === undefined ? undefined : sideOf(before[from] as RuleLine, between.before),
    after: to === undefined ? undefined : sideOf(after[to] as RuleLine, between.after),
    fields: change === 'changed' ? [{ field: 'rule', before: old[from ?? -1], after: now[to ?? -1] }] : [],
  })
  return [
    ...removed.map((from) => difference('removed', from, undefined)),
    ...replaced.map(([from, to]) => difference('changed', from, to)),
    ...moved.map(([from, to]) => difference('moved', from, to)),
    ...added.map((to) => difference('added', undefined, to)),
  ]
}

const sideOf = ({ text, number, line }: RuleLine, file: string): Side => ({ text, source: { file, line }, rule: number })
