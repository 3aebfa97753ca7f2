import type { Note } from '../../../facts/source.ts'
import type { NftBaseChain, NftChain, NftFamily, NftFlowtable, NftObject, NftRule, NftRuleset, NftSet, NftTable } from '../ast.ts'
import type { SetElement } from '../expression.ts'

/** The tree while it is being read: the same tables, with lists that still grow. */
type Growing<T, K extends keyof T> = { -readonly [P in keyof Omit<T, K>]: T[P] } & {
  [P in K]: T[P] extends readonly (infer E)[] ? E[] : T[P]
}

export type ChainDraft = Growing<NftChain, 'rules'>
export type SetDraft = Growing<NftSet, 'elements'>
export interface TableDraft {
  readonly family: NftFamily
  readonly name: string
  flags: readonly string[]
  comment?: string | undefined
  handle?: number | undefined
  readonly objects: NftObject[]
  readonly sets: Map<string, SetDraft>
  readonly flowtables: NftFlowtable[]
  readonly chains: Map<string, ChainDraft>
  readonly line: number
}

const FAMILIES: readonly string[] = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'] satisfies NftFamily[]
export const isFamily = (text: string | undefined): text is NftFamily => text !== undefined && FAMILIES.includes(text)

export class RulesetDraft {
  readonly file: string
  readonly tables = new Map<string, TableDraft>()
  readonly notes: Note[] = []

  constructor(file: string) {
    this.file = file
  }

  note(kind: Note['kind'], text: string, line: number, raw?: string): void {
    this.notes.push({ kind, text, source: { file: this.file, line }, ...(raw !== undefined && { raw: raw.slice(0, 2000) }) })
  }

  table(family: NftFamily, name: string, line: number): TableDraft {
    const key = `${family} ${name}`
    let table = this.tables.get(key)
    if (!table) {
      table = { family, name, flags: [], objects: [], sets: new Map(), flowtables: [], chains: new Map(), line }
      this.tables.set(key, table)
    }
    return table
  }

  done(): NftRuleset {
    const tables = [...this.tables.values()].map(
      (table): NftTable => ({ ...table, sets: [...table.sets.values()], chains: [...table.chains.values()] }),
    )
    return { kind: 'nft', file: this.file, tables, notes: this.notes }
  }
}

export function chainOf(table: TableDraft, name: string, line: number): ChainDraft {
  let chain = table.chains.get(name)
  if (!chain) {
    chain = { name, flags: [], rules: [], line }
    table.chains.set(name, chain)
  }
  return chain
}

export function setOf(table: TableDraft, kind: 'set' | 'map', name: string, line: number): SetDraft {
  let set = table.sets.get(name)
  if (!set) {
    set = { kind, name, type: { kind: 'type', names: [] }, flags: [], statements: [], elements: [], complete: true, line }
    table.sets.set(name, set)
  }
  return set
}

export function addElements(set: SetDraft, elements: readonly SetElement[]): void {
  for (const element of elements) set.elements.push(element)
}

export function addRule(chain: ChainDraft, rule: Omit<NftRule, 'number'>, where: 'end' | 'start' = 'end'): void {
  if (where === 'end') chain.rules.push({ ...rule, number: chain.rules.length + 1 })
  else chain.rules.splice(0, chain.rules.length, ...[rule, ...chain.rules].map((each, i) => ({ ...each, number: i + 1 })))
}

export type { NftBaseChain }
