import type { RoutingRule } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { type Family, familyOf } from '../../net/address.ts'
import { parsePrefix } from '../../net/prefix.ts'
import { numberOf } from './fields.ts'
import { dsfieldNumber, protocolNumber, tableName } from './names.ts'
import { prefixOf } from './route-words.ts'

/** A rule as it was shown. */
export interface RuleWords {
  readonly line: number
  readonly text: string
  readonly priority: number | undefined
  readonly inverted: boolean
  readonly from: string | undefined
  readonly to: string | undefined
  readonly iif: string | undefined
  readonly oif: string | undefined
  /** `0x1/0xff` */
  readonly mark: string | undefined
  readonly tos: string | undefined
  readonly protocol: string | undefined
  /** `80` or `80-443` */
  readonly sport: string | undefined
  readonly dport: string | undefined
  readonly uids: string | undefined
  readonly l3mdev: boolean
  readonly table: string | undefined
  readonly suppressPrefixLength: string | undefined
  readonly suppressGroup: string | undefined
  readonly goto: string | undefined
  /** nop, blackhole, unreachable, prohibit */
  readonly action: string | undefined
  readonly unknown: readonly string[]
}

/** What ip(8) prints where the table is that of the packet's VRF device. */
export const L3MDEV_TABLE = '[l3mdev-table]'

export function familyOfRule(rule: RuleWords): Family | undefined {
  const prefix = parsePrefix(rule.from ?? '') ?? parsePrefix(rule.to ?? '')
  return prefix && familyOf(prefix.address)
}

export function finishRule(words: RuleWords, family: Family, source: Source): RoutingRule | undefined {
  const action = actionOf(words)
  if (words.priority === undefined || action === undefined) return undefined
  const from = selector(words.from, family)
  const to = selector(words.to, family)
  const tos = dsfieldNumber(words.tos)
  const protocol = protocolNumber(words.protocol)
  const mark = markOf(words.mark)
  const sourcePorts = rangeOf(words.sport)
  const destinationPorts = rangeOf(words.dport)
  const uids = rangeOf(words.uids)
  // A selector that cannot be read would make the rule match more than it does.
  const read = [from, to, tos, protocol, mark, sourcePorts, destinationPorts, uids]
  const shown = [words.from, words.to, words.tos, words.protocol, words.mark, words.sport, words.dport, words.uids]
  if (read.some((value, i) => value === undefined && shown[i] !== undefined && !isAll(shown[i]))) return undefined
  const opaque = words.unknown.filter((word) => !/^(?:masquerade|map-to)\b/.test(word))
  const rest = { ...(opaque.length > 0 && { opaque }), iif: words.iif, oif: words.oif, l3mdev: words.l3mdev, text: words.text }
  return {
    family,
    priority: words.priority,
    inverted: words.inverted,
    from,
    to,
    mark,
    tos,
    protocol,
    sourcePorts,
    destinationPorts,
    uids,
    ...rest,
    action,
    source,
  }
}

const isAll = (text: string | undefined): boolean => text === 'all' || text === 'any' || text === 'default'

const selector = (text: string | undefined, family: Family) => (text === undefined || isAll(text) ? undefined : prefixOf(text, family))

function actionOf(words: RuleWords): RoutingRule['action'] | undefined {
  const { action } = words
  if (words.goto !== undefined) return /^\d+$/.test(words.goto) ? { kind: 'goto', priority: Number(words.goto) } : undefined
  if (action === 'nop' || action === 'blackhole' || action === 'unreachable' || action === 'prohibit') return { kind: action }
  if (words.table === undefined) return undefined
  return {
    kind: 'lookup',
    table: tableName(words.table),
    suppressPrefixLength: numberOf(words.suppressPrefixLength),
    suppressGroup: words.suppressGroup,
  }
}

function markOf(text: string | undefined): RoutingRule['mark'] {
  const [value, mask] = (text ?? '').split('/').map(numberOf)
  return value === undefined || (mask === undefined && text?.includes('/')) ? undefined : { value, mask: mask ?? 0xffffffff }
}

function rangeOf(text: string | undefined): { readonly first: number; readonly last: number } | undefined {
  const found = /^(\d+)(?:-(\d+))?$/.exec(text ?? '')
  return found ? { first: Number(found[1]), last: Number(found[2] ?? found[1]) } : undefined
}
