import { type Unknown, unknown } from '../../decision.ts'
import type { NftSet, NftTable } from '../ast.ts'
import type { Expression, SetElement } from '../expression.ts'
import type { Hint } from '../expressions/value.ts'
import { hintOfType } from '../json/set.ts'
import { type Datum, isUnknown, type Partial } from './datum.ts'
import { indexSet, type SetIndex } from './set-index.ts'

/** A set or map that a rule looks into: named, or written out in the rule. */
export interface LookUpSet {
  readonly name: string
  readonly index: SetIndex
  readonly elements: readonly SetElement[]
  readonly keyHint: Hint
  readonly dataHint: Hint
  /** Why a key that is not found says nothing. */
  readonly gaps: Unknown | undefined
}

const compiled = new WeakMap<NftSet, LookUpSet>()
const byName = new WeakMap<NftTable, ReadonlyMap<string, NftSet>>()

function setNamed(table: NftTable, name: string): NftSet | undefined {
  let names = byName.get(table)
  if (!names) {
    names = new Map(table.sets.map((set) => [set.name, set]))
    byName.set(table, names)
  }
  return names.get(name)
}

/** `{ … }` or `@name`; keyHint and dataHint are for the former, whose datatypes only its surroundings tell. */
export function setFor(node: Expression, table: NftTable, keyHint: Hint, dataHint: Hint): LookUpSet {
  if (node.kind === 'set') return anonymous(node.elements, keyHint, dataHint)
  const set = node.kind === 'set-reference' ? setNamed(table, node.name) : undefined
  if (!set) {
    const name = node.kind === 'set-reference' ? `set ${node.name} of table ${table.name}` : 'a set'
    return { ...anonymous([], keyHint, dataHint), name, gaps: unknown(`${name} is not in the evidence`, 'nft.json') }
  }
  const known = compiled.get(set)
  if (known) return known
  const fresh = named(set, table, keyHint)
  compiled.set(set, fresh)
  return fresh
}

function named(set: NftSet, table: NftTable, keyHint: Hint): LookUpSet {
  const own = set.type.kind === 'type' && set.type.names.length === 0 ? keyHint : hintOfType(set.type)
  const gaps = set.complete
    ? undefined
    : unknown(`the elements of ${set.kind} ${set.name} of table ${table.name} are not all in the evidence`, 'nft.json')
  return {
    name: set.name,
    index: indexSet(set.elements, own),
    elements: set.elements,
    keyHint: own,
    dataHint: set.data && hintOfType(set.data),
    gaps,
  }
}

const anonymous = (elements: readonly SetElement[], keyHint: Hint, dataHint: Hint): LookUpSet => ({
  name: '',
  index: indexSet(elements, keyHint),
  elements,
  keyHint,
  dataHint,
  gaps: undefined,
})

/** nft_lookup_eval(). undefined: not in it. */
export function lookUp(set: LookUpSet, key: Datum | Partial): SetElement | Unknown | undefined {
  if (isUnknown(key)) {
    const { parts, ...why } = key
    return !parts || set.gaps || set.index.mayHold(parts) ? why : undefined
  }
  const found = set.index.find(key)
  if (found) return found
  if (set.gaps) return set.gaps
  const [unread] = set.index.unread
  return unread && unknown(`what an element of the set ${set.name} stands for is not known`)
}
