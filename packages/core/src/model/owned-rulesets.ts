import type { Document } from '../intake/document.ts'
import type { OwnerBook } from '../netfilter/owners/book.ts'
import type { Names } from '../netfilter/owners/names.ts'
import { createOwners, type Owners } from '../netfilter/owners/ownership.ts'
import { iptablesTables, nftTables, type TableView } from '../netfilter/owners/view.ts'
import { createNames } from './names.ts'

/** One ruleset of the evidence with the means to tell whose it is. */
export interface OwnedRuleset {
  readonly document: Document
  readonly tables: readonly TableView[]
  readonly owners: Owners
  readonly names: Names
}

/** All rulesets of the evidence, or those that are wanted. Names and owners are made once for each namespace. */
export function ownedRulesets(
  documents: readonly Document[],
  book: OwnerBook,
  isWanted: (document: Document) => boolean = () => true,
): readonly OwnedRuleset[] {
  const places = new Map<string, { owners: Owners; names: Names }>()
  const means = ({ place }: Document): { owners: Owners; names: Names } => {
    const key = `${place.host ?? ''}/${place.netns}`
    const known = places.get(key)
    if (known) return known
    const names = createNames(documents, place)
    const made = { names, owners: createOwners(book, names, place.netns) }
    places.set(key, made)
    return made
  }
  return documents.flatMap((document) => {
    const tables = isWanted(document) ? tablesOf(document, documents) : undefined
    return tables ? [{ document, tables, ...means(document) }] : []
  })
}

function tablesOf(document: Document, all: readonly Document[]): readonly TableView[] | undefined {
  const { content } = document
  if (content.kind === 'iptables') return iptablesTables(content.ruleset)
  if (content.kind === 'ipset') return []
  return content.kind === 'nft' ? nftTables(content.ruleset).filter((table) => !shownBySave(table, document, all)) : undefined
}

/** iptables-nft keeps its rules in native tables; where iptables-save shows them too, nft's view of them tells less. */
function shownBySave({ family, name }: TableView, { place }: Document, all: readonly Document[]): boolean {
  return all.some(
    ({ content, place: other }) =>
      content.kind === 'iptables' &&
      content.ruleset.backend !== 'legacy' &&
      content.ruleset.family === family &&
      other.host === place.host &&
      other.netns === place.netns &&
      content.ruleset.tables.some((table) => table.name === name),
  )
}
