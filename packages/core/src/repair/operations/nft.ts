import type { NftChain, NftRuleset } from '../../netfilter/nft/ast.ts'
import type { NftOperation, Operation, Refused } from '../operation.ts'

/** Reads `nft add|insert|delete rule …`. undefined: another program, or a command that is none of these. */
export function readNft(argv: readonly string[]): Operation | Refused | undefined {
  if (!/^(?:.*\/)?nft$/.test(argv[0] ?? '')) return undefined
  const words = argv.slice(1).flatMap((word) => (argv.length === 2 ? word.split(/\s+/) : [word]))
  if (words[0] === 'flush')
    return { kind: 'refused', why: 'flush takes more than the one rule at fault, and nobody would know how to put it back' }
  const [action, object, ...given] = words
  if (object !== 'rule' || (action !== 'add' && action !== 'insert' && action !== 'delete')) return undefined
  const [family = 'ip', table, chain, ...rest] = FAMILIES.has(given[0] ?? '') ? given : ['ip', ...given]
  if (table === undefined || chain === undefined) return undefined
  const place = rest[0] === 'index' || rest[0] === 'handle' ? Number(rest[1]) : undefined
  if (place !== undefined && !Number.isSafeInteger(place)) return undefined
  if (action === 'delete')
    return rest[0] === 'handle' ? { kind: 'nft-rule', action, family, table, chain, index: undefined, handle: place, text: '' } : undefined
  if (rest[0] === 'handle' || rest[0] === 'position') return undefined
  return {
    kind: 'nft-rule',
    action,
    family,
    table,
    chain,
    index: place,
    handle: undefined,
    text: rest.slice(place === undefined ? 0 : 2).join(' '),
  }
}

const FAMILIES = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'])

/** nft takes its command in one argument as well as in many; one keeps quoted strings whole. */
export function nftArgv({ action, family, table, chain, index, handle, text }: NftOperation): readonly string[] {
  if (action === 'delete' && handle === undefined)
    return ['sh', '-c', DELETE_BY_COMMENT, 'nft-delete', family, table, chain, commentOf(text) ?? '']
  const place = action === 'delete' ? ['handle', String(handle)] : index === undefined ? [] : ['index', String(index)]
  return ['nft', action, 'rule', family, table, chain, ...place, ...(action === 'delete' ? [] : [text])]
}

/** A rule that was added has a handle that only the kernel knew beforehand: its comment, which is one of a kind, finds it. */
const DELETE_BY_COMMENT =
  'h=$(nft -a list chain "$1" "$2" "$3" | awk -v c="comment \\"$4\\"" \'index($0, c) { print $NF; exit }\') && [ -n "$h" ] && exec nft delete rule "$1" "$2" "$3" handle "$h"'

export const commentOf = (text: string): string | undefined => /\bcomment "([^"]*)"/.exec(text)?.[1]

/** The rule with a comment of its own, by which its undo finds it. */
export const withComment = (text: string, comment: string): string =>
  commentOf(text) === undefined ? `${text} comment "${comment}"` : text

export const nftChain = (rulesets: readonly NftRuleset[], op: Pick<NftOperation, 'family' | 'table' | 'chain'>): NftChain | undefined =>
  rulesets
    .flatMap(({ tables }) => tables)
    .find(({ family, name }) => family === op.family && name === op.table)
    ?.chains.find(({ name }) => name === op.chain)
