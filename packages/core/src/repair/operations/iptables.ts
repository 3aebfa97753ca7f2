import type { IptablesRuleset, Rule } from '../../netfilter/iptables/ast.ts'
import { printRule } from '../../netfilter/iptables/print.ts'
import { cutRuleCommand, readRuleLine } from '../../netfilter/iptables/read-rule.ts'
import { bare, cutWords } from '../../netfilter/iptables/tokens.ts'
import type { IptablesProgram, Operation, Refused, RuleOperation } from '../operation.ts'

/** How long a command waits for the xtables lock, in seconds (`-w`). */
export const LOCK_SECONDS = 10

const PROGRAM = /^(?:.*\/)?(ip6?tables)(?:-(legacy|nft))?$/

/** Reads `iptables …`: a rule, a chain or a policy. undefined: another program. */
export function readIptables(argv: readonly string[]): Operation | Refused | undefined {
  const found = PROGRAM.exec(argv[0] ?? '')
  if (!found) return undefined
  const program: IptablesProgram = { family: found[1] === 'iptables' ? 'ip' : 'ip6', backend: (found[2] as 'legacy' | 'nft') ?? 'default' }
  const words = argv.slice(1)
  const table = valueAfter(words, '-t', '--table') ?? 'filter'
  const flush = words.find((word) => /^(?:-F|--flush|-Z|--zero)$/.test(word))
  if (flush) return { kind: 'refused', why: `${flush} takes more than the one rule at fault, and nobody would know how to put it back` }
  const policy = pairOf(words, '-P', '--policy')
  if (policy) return readPolicy(program, table, policy)
  for (const [action, short, long] of [
    ['new', '-N', '--new-chain'],
    ['remove', '-X', '--delete-chain'],
  ] as const) {
    if (!words.includes(short) && !words.includes(long)) continue
    const chain = valueAfter(words, short, long)
    if (chain === undefined || chain.startsWith('-')) return { kind: 'refused', why: `${short} without a chain takes all chains` }
    return { kind: 'chain', action, program, table, chain }
  }
  return readRule(program, argv)
}

function readPolicy(program: IptablesProgram, table: string, [chain, policy]: readonly [string, string]): Operation | Refused {
  if (policy === 'ACCEPT')
    return {
      kind: 'refused',
      why: 'setting a policy to ACCEPT opens the machine; accept the traffic that is meant where its owner keeps such rules',
    }
  return policy === 'DROP' ? { kind: 'policy', program, table, chain, policy } : { kind: 'refused', why: `${policy} is no policy` }
}

function readRule(program: IptablesProgram, argv: readonly string[]): Operation | undefined {
  const command = cutRuleCommand(['iptables', ...argv.slice(1).map(bare)].join(' '))
  if (!command || command.command === 'check') return undefined
  const { command: action, chain, position, table = 'filter', options } = command
  return { kind: 'rule', action, program, table, chain, position: action === 'insert' ? (position ?? 1) : position, rule: options }
}

const valueAfter = (words: readonly string[], ...names: readonly string[]): string | undefined => {
  const at = words.findIndex((word) => names.includes(word))
  return at < 0 ? undefined : words[at + 1]
}

function pairOf(words: readonly string[], ...names: readonly string[]): readonly [string, string] | undefined {
  const at = words.findIndex((word) => names.includes(word))
  return at < 0 ? undefined : [words[at + 1] ?? '', words[at + 2] ?? '']
}

export const programName = ({ family, backend }: IptablesProgram): string =>
  `${family === 'ip' ? 'iptables' : 'ip6tables'}${backend === 'default' ? '' : `-${backend}`}`

const LETTER = { insert: '-I', append: '-A', delete: '-D', replace: '-R' } as const

/** The argument list, with a wait for the xtables lock that ends. */
export function ruleArgv({ action, program, table, chain, position, rule }: RuleOperation): readonly string[] {
  const place = position === undefined || action === 'append' ? [] : [String(position)]
  const spec = action === 'delete' && position !== undefined ? [] : cutWords(rule).words
  return [programName(program), '-w', String(LOCK_SECONDS), '-t', table, LETTER[action], chain, ...place, ...spec]
}

/** The rules of a chain in the evidence; undefined where the evidence has no such chain. */
export function rulesOf(
  rulesets: readonly IptablesRuleset[],
  op: Pick<RuleOperation, 'program' | 'table' | 'chain'>,
): readonly Rule[] | undefined {
  return rulesetOf(rulesets, op)
    ?.tables.find(({ name }) => name === op.table)
    ?.chains.get(op.chain)?.rules
}

/** The ruleset that the program speaks of: the default program's is that which has the chain. */
export function rulesetOf(
  rulesets: readonly IptablesRuleset[],
  op: Pick<RuleOperation, 'program' | 'table' | 'chain'>,
): IptablesRuleset | undefined {
  const own = rulesets.filter(({ family }) => family === op.program.family)
  const { backend } = op.program
  if (backend !== 'default') return own.find((one) => one.backend === backend) ?? own.find((one) => one.backend === 'unknown')
  const having = own.filter((one) => one.tables.some((table) => table.name === op.table && table.chains.has(op.chain)))
  return having.find((one) => one.backend !== 'legacy') ?? having[0]
}

/** The rule's options as iptables-save prints them, however they were typed. */
export function canonical(rule: string, { table, chain, program }: Pick<RuleOperation, 'table' | 'chain' | 'program'>): string {
  const read = readRuleLine(`-A ${chain} ${rule}`, table, program.family)
  return read.opaque.length > 0 ? rule : optionsOf(printRule(read, program.family))
}

/** `-A CHAIN …` without its first two words. */
export const optionsOf = (text: string): string => text.replace(/^-A (?:"(?:[^"\\]|\\.)*"|\S+) ?/, '')
