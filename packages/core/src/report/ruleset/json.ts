import type { Document } from '../../intake/document.ts'
import type { Ipset, IpsetEntry } from '../../netfilter/ipset/ast.ts'
import { iptablesTables } from './iptables.ts'
import { nftTables } from './nft.ts'
import type { TablePieces } from './pieces.ts'

/** Documents that `culprit ruleset` can print. */
export type RulesetDocument = Document & { readonly content: { readonly kind: 'iptables' | 'nft' | 'ipset' } }

export const isRuleset = (document: Document): document is RulesetDocument => ['iptables', 'nft', 'ipset'].includes(document.content.kind)

/** `culprit.ruleset/v1` a piece at a time, so that a ruleset of 110,000 rules is never one string. Together the pieces are one JSON text. */
export function* rulesetJson(documents: readonly RulesetDocument[]): Generator<string> {
  const backend = documents.some((d) => d.content.kind === 'nft') ? 'nft' : 'iptables'
  yield `{"schema":"culprit.ruleset/v1","backend":"${backend}","tables":[`
  yield* listed(tablesOf(documents), tableJson)
  yield '],"sets":['
  yield* listed(
    documents.flatMap(({ content }) => (content.kind === 'ipset' ? content.sets : [])),
    (set) => [JSON.stringify(setJson(set))],
  )
  yield ']}\n'
}

function* tablesOf(documents: readonly RulesetDocument[]): Generator<TablePieces> {
  for (const { content } of documents) {
    if (content.kind === 'iptables') yield* iptablesTables(content.ruleset)
    if (content.kind === 'nft') yield* nftTables(content.ruleset)
  }
}

function* tableJson({ head, chains }: TablePieces): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"chains":[`
  yield* listed(chains, (chain) => [JSON.stringify(chain, readable)])
  yield ']}'
}

function* listed<T>(items: Iterable<T>, print: (item: T) => Iterable<string>): Generator<string> {
  let separator = '\n'
  for (const item of items) {
    yield separator
    yield* print(item)
    separator = ',\n'
  }
}

function setJson(set: Ipset): unknown {
  return {
    name: set.name,
    type: set.type,
    family: set.family,
    options: set.options,
    complete: set.complete,
    text: set.text,
    entries: set.entries.map(entryJson),
  }
}

const entryJson = ({ parts: _parts, ...entry }: IpsetEntry): unknown => entry

/** JSON has no numbers of 128 bits, no maps and no sets. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Map || value instanceof Set ? [...value] : value
}
