import type { Family } from '../../../net/address.ts'
import type { IptablesRuleset } from '../ast.ts'

/** What a command line or a heading before a list tells of it. */
export interface Hint {
  readonly table?: string | undefined
  readonly family?: Family | undefined
  readonly backend?: IptablesRuleset['backend'] | undefined
}

const TABLE = '(filter|nat|mangle|raw|security)'
const COMMAND = /(?:^|[\s$#>(;&|/])(ip6?tables)(-legacy|-nft)?\s+(.*)$/
const HEADINGS = [
  new RegExp(`\\b${TABLE}\\s+table\\b`, 'i'),
  new RegExp(`\\btable[:=\\s]+\\W*${TABLE}\\b`, 'i'),
  new RegExp(`^[\\W_]*${TABLE}[\\W_]*$`, 'i'),
]
/** A sentence that speaks of a table in passing is longer than a heading. */
const HEADING_MAX = 60

/** `iptables -t nat -nvL`: its table, `filter` where it names none; a heading like `**nat table**` or `Table: nat`. */
export function readHint(line: string): Hint | undefined {
  const command = line.includes('tables') ? COMMAND.exec(line) : undefined
  if (command && /(^|\s)(-[a-zA-Z]*L\b|--list\b)/.test(command[3] ?? '')) {
    const table = /(?:^|\s)(?:-t\s*|--table[=\s]+)(\w+)/.exec(command[3] ?? '')?.[1] ?? 'filter'
    const backend = command[2] === '-legacy' ? 'legacy' : command[2] === '-nft' ? 'nft' : undefined
    return { table, family: command[1] === 'ip6tables' ? 'ip6' : 'ip', backend }
  }
  // iptables-nft says so where it finds rules of the other kind
  if (/^#?\s*Warning: ip6?tables-legacy tables present/.test(line)) return { backend: 'nft' }
  if (line.length > HEADING_MAX) return undefined
  for (const heading of HEADINGS) {
    const table = heading.exec(line)?.[1]
    if (table) return { table: table.toLowerCase() }
  }
  return undefined
}
