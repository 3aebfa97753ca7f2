import type { Note } from '../../../facts/source.ts'
import type { Family } from '../../../net/address.ts'
import type { Chain, Hidden, IptablesRuleset, Rule, Table } from '../ast.ts'
import { printRule } from '../print.ts'
import { readRuleLine } from '../read-rule.ts'
import { type Block, BlockReader, type Row } from './blocks.ts'
import { headerOptions } from './columns.ts'
import { readExtensions } from './extension-text.ts'
import { familyOfBlock, placeBlocks, segmentsOf } from './tables.ts'

/**
 * Reads what people paste: `iptables -L` with and without `-n -v --line-numbers`, of one or several tables, between prose.
 * What a list hides is in each rule's `hidden`; what was not understood is in `opaque` and in the notes. Never throws.
 * Chains of the other family than the first (or the given) one are left out; `readIptablesLists` reads both.
 */
export function readIptablesList(text: string, file: string, family?: Family): IptablesRuleset {
  const lists = readIptablesLists(text, file, family)
  const wanted = lists.find((list) => family === undefined || list.family === family)
  return wanted ?? { kind: 'iptables', family: family ?? 'ip', backend: 'unknown', file, tables: [], notes: [], complete: false }
}

/** One ruleset for each family that the text shows; `family` is that of chains which do not tell. */
export function readIptablesLists(text: string, file: string, family?: Family): readonly IptablesRuleset[] {
  const blocks = new BlockReader(text).read()
  const families = new Map<Block, Family>()
  let last: Family = family ?? blocks.map(familyOfBlock).find((one) => one !== undefined) ?? 'ip'
  for (const block of blocks) {
    last = familyOfBlock(block) ?? last
    families.set(block, last)
  }
  const found = [...new Set(families.values())]
  return found.map((one) =>
    readFamily(
      blocks.filter((block) => families.get(block) === one),
      file,
      one,
    ),
  )
}

/** Is there a list in the text at all? */
export const holdsIptablesList = (text: string): boolean => /Chain\s+\S+\s*\((?:policy|\d+ reference|.* table)/.test(text)

function readFamily(blocks: readonly Block[], file: string, family: Family): IptablesRuleset {
  const notes: Note[] = []
  const tables = new Map<string, { line: number; chains: Map<string, Chain> }>()
  for (const { block, table, assumed, told } of placeBlocks(segmentsOf(blocks))) {
    const source = { file, line: block.line }
    if (assumed) notes.push({ kind: 'assumed', text: `nothing tells the table of chain ${block.name}: taken for filter`, source })
    const place = tables.get(table) ?? { line: block.line, chains: new Map<string, Chain>() }
    tables.set(table, place)
    const shown = place.chains.get(block.name)
    // an empty copy that no command names is more likely another table, such as security
    if (shown && shown.rules.length > 0 && block.rows.length === 0 && !told) continue
    if (shown) notes.push({ kind: 'assumed', text: `chain ${block.name} of ${table} is shown again: the later one counts`, source })
    place.chains.set(block.name, readChain(block, table, family, file, notes))
  }
  const backend = blocks.find((block) => block.hint.backend)?.hint.backend ?? 'unknown'
  const list = [...tables].map(([name, { line, chains }]): Table => ({ name, line, chains }))
  return { kind: 'iptables', family, backend, file, tables: list, notes, complete: false }
}

function readChain(block: Block, table: string, family: Family, file: string, notes: Note[]): Chain {
  const rules: Rule[] = []
  for (const row of block.rows) {
    const next = (rules.at(-1)?.number ?? 0) + 1
    const number = numberOf(row) ?? next
    // numbers that are left out are rules that are left out
    if (number > next)
      rules.push(
        hiddenRule(
          block.name,
          next,
          row.line,
          next === number - 1 ? `rule ${next} is not shown` : `rules ${next} to ${number - 1} are not shown`,
        ),
      )
    const rule = readRow(row, block.name, number, table, family)
    for (const raw of rule.opaque)
      notes.push({ kind: 'not-understood', text: `in chain ${block.name} of ${table}`, raw, source: { file, line: row.line } })
    rules.push(rule)
  }
  const { name, policy, counters, line, references } = block
  return { name, policy, counters, rules, line, references }
}

const numberOf = (row: Row): number | undefined =>
  row.kind === 'rule' ? row.columns.number : row.kind === 'broken' ? undefined : row.number

function readRow(row: Row, chain: string, number: number, table: string, family: Family): Rule {
  switch (row.kind) {
    case 'gap':
    case 'broken':
      return hiddenRule(chain, number, row.line, row.text)
    case 'summary': {
      const rule = readRuleLine(`-A ${chain} -j ${row.target}`, table, family, { number, line: row.line })
      return {
        ...rule,
        counters: row.counters,
        opaque: row.rest === '' ? [] : [row.rest],
        hidden: ['interfaces', 'matches', 'target-options'],
      }
    }
    case 'rule':
      return readListed(row, chain, number, table, family)
  }
}

/** A rule of which nothing is known but that it is, or may be, there. */
function hiddenRule(chain: string, number: number, line: number, what: string): Rule {
  return {
    chain,
    number,
    header: {},
    matches: [],
    target: undefined,
    opaque: [what],
    hidden: ['interfaces', 'matches', 'target-options'],
    text: `# ${chain}: ${what}`,
    line,
  }
}

/** The row as the line that iptables-save would print, read as that. */
function readListed({ columns, line }: Row & { kind: 'rule' }, chain: string, number: number, table: string, family: Family): Rule {
  const extensions = readExtensions(columns.rest, columns.target ?? '')
  const target = extensions.target === '' ? '' : ` -${extensions.goto ? 'g' : 'j'} ${extensions.target}`
  const matches = extensions.matches.map((match) => ` ${match}`).join('')
  const text = `-A ${chain}${headerOptions(columns, family === 'ip6')}${matches}${target}`
  const rule = readRuleLine(text, table, family, { number, line })
  const opaque = [...rule.opaque, ...extensions.unknown]
  const hidden: Hidden[] = []
  if (columns.iif === undefined) hidden.push('interfaces')
  if (extensions.hidesMatches) hidden.push('matches')
  if (extensions.hidesTarget) hidden.push('target-options')
  return {
    ...rule,
    counters: columns.counters,
    opaque,
    text: rule.opaque.length === 0 ? printRule(rule, family) : text,
    ...(hidden.length > 0 ? { hidden } : {}),
  }
}
