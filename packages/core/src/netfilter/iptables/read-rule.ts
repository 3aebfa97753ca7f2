import type { Family } from '../../net/address.ts'
import type { Rule } from './ast.ts'
import { WordReader } from './read-words.ts'
import { cutWords } from './tokens.ts'

/** Where a rule stands, for readers that know; a line taken by itself is rule 1 of line 1. */
export interface RulePlace {
  readonly number?: number
  readonly line?: number
  /** Takes the chain's place when the line has no -A. */
  readonly chain?: string
}

/** A line cut into the command, its chain and the rule's own options. `table` when the line names one with -t. */
export interface RuleCommand {
  readonly command: 'append' | 'insert' | 'delete' | 'replace' | 'check'
  readonly chain: string
  /** `-I CHAIN 3` */
  readonly position: number | undefined
  readonly table: string | undefined
  readonly options: string
}

const COMMANDS: Readonly<Record<string, RuleCommand['command']>> = {
  '-A': 'append',
  '--append': 'append',
  '-I': 'insert',
  '--insert': 'insert',
  '-D': 'delete',
  '--delete': 'delete',
  '-R': 'replace',
  '--replace': 'replace',
  '-C': 'check',
  '--check': 'check',
}

/** Options of the program that say nothing of the rule, with the number of their arguments. */
const PROGRAM_OPTIONS: Readonly<Record<string, number>> = {
  '-w': 0,
  '--wait': 0,
  '-n': 0,
  '--numeric': 0,
  '-v': 0,
  '--verbose': 0,
  '-4': 0,
  '--ipv4': 0,
  '-6': 0,
  '--ipv6': 0,
}

/** Cuts `-A CHAIN …`, `[sudo] iptables -t nat -I CHAIN 3 …`. undefined: the line has no command that speaks of a rule. */
export function cutRuleCommand(line: string): RuleCommand | undefined {
  const { words, starts, ends } = cutWords(line)
  const first = words.findIndex((word) => word.startsWith('-'))
  if (first < 0 || (first > 0 && !/(^|\/)x?ip6?tables(-(legacy|nft))?(-restore)?$/.test(words[first - 1] ?? ''))) return undefined
  let table: string | undefined
  let found: { command: RuleCommand['command']; chain: string; position: number | undefined } | undefined
  const kept: string[] = []
  for (let i = first; i < words.length; i++) {
    const word = words[i] ?? ''
    const command = COMMANDS[word]
    if (command && !found) {
      const chain = words[++i]
      if (chain === undefined) return undefined
      const position = command !== 'append' && /^\d+$/.test(words[i + 1] ?? '') ? Number(words[++i]) : undefined
      found = { command, chain, position }
    } else if (word === '-t' || word === '--table') table = words[++i]
    else if (Object.hasOwn(PROGRAM_OPTIONS, word)) i += /^\d+$/.test(words[i + 1] ?? '') && (word === '-w' || word === '--wait') ? 1 : 0
    else {
      // from here on these are the rule's own words, unless -t or the command stands behind them
      const end = found ? words.length : i + 1
      kept.push(line.slice(starts[i], ends[end - 1]))
      i = end - 1
    }
  }
  return found && { ...found, table, options: kept.join(' ') }
}

/**
 * Reads one rule as iptables-save prints it or as a person types it. Never throws: what is not understood is in `opaque`.
 * @example readRuleLine('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT', 'filter', 'ip')
 */
export function readRuleLine(line: string, table: string, family: Family, place: RulePlace = {}): Rule {
  const command = cutRuleCommand(line)
  const parts = new WordReader(command?.options ?? line, family, command?.table ?? table).read()
  return {
    chain: command?.chain ?? place.chain ?? '',
    number: place.number ?? 1,
    header: parts.header,
    matches: parts.matches,
    target: parts.target,
    counters: parts.counters,
    opaque: parts.opaque,
    // a command that a person typed becomes the rule that it makes
    text: command && !line.trimStart().startsWith('-') ? `-A ${command.chain} ${command.options}` : line.trim(),
    line: place.line ?? 1,
  }
}
