import type { Address } from '../net/address.ts'
import type { Rule } from '../netfilter/iptables/ast.ts'
import type { Scene } from '../netfilter/scene.ts'

/** From this many rules on, a chain is indexed; below, looking at each is as fast. */
export const WORTH_AN_INDEX = 12

type Field = 'destination' | 'source' | 'dport' | 'sport' | 'iif' | 'oif'
type Key = string | number | bigint

/** Which rules of a chain can match a packet at all: those with the packet's value of one field, and those that do not ask for the field. */
export interface ChainIndex {
  next(from: number, scene: Scene): number
}

/** The value that a rule demands of a field, exactly; undefined when it demands none, or more than one. */
function demanded(rule: Rule, field: Field): Key | undefined {
  const { header } = rule
  switch (field) {
    case 'destination':
      return exactAddress(header.destination)
    case 'source':
      return exactAddress(header.source)
    case 'iif':
      return header.iif && !header.iif.wildcard && !header.iif.negated ? header.iif.name : undefined
    case 'oif':
      return header.oif && !header.oif.wildcard && !header.oif.negated ? header.oif.name : undefined
    case 'dport':
    case 'sport':
      return exactPort(rule, field)
  }
}

function exactAddress(match: Rule['header']['source']): Key | undefined {
  if (!match || match.negated) return undefined
  return match.mask === 0xffffffff || match.mask === EVERY_BIT ? keyOf(match.address) : undefined
}

const EVERY_BIT = (1n << 128n) - 1n

/** An IPv4 address as a small integer, which a Map finds without a box around it. */
const keyOf = (address: Address): Key => (typeof address === 'number' ? address | 0 : address)

interface PortMatch {
  readonly kind: string
  readonly dport?: { readonly first: number; readonly last: number; readonly negated: boolean }
  readonly sport?: { readonly first: number; readonly last: number; readonly negated: boolean }
}

function exactPort(rule: Rule, field: 'dport' | 'sport'): number | undefined {
  for (const match of rule.matches) {
    if (match.kind !== 'tcp' && match.kind !== 'udp') continue
    const port = (match as PortMatch)[field]
    if (port && !port.negated && port.first === port.last) return port.first
  }
  return undefined
}

function fieldOf(scene: Scene, field: Field): Key {
  switch (field) {
    case 'destination':
      return keyOf(scene.packet.dst)
    case 'source':
      return keyOf(scene.packet.src)
    case 'dport':
      return scene.packet.dport
    case 'sport':
      return scene.packet.sport
    case 'iif':
      return scene.iif
    case 'oif':
      return scene.oif
  }
}

/** What-if makes engine after engine of machines that have all chains but one in common. */
const made = new WeakMap<readonly Rule[], { readonly index: ChainIndex | undefined }>()

/** Indexes a chain by the field that tells most of its rules apart; undefined when none does, or the chain is short. */
export function indexChain(rules: readonly Rule[]): ChainIndex | undefined {
  if (rules.length < WORTH_AN_INDEX) return undefined
  const known = made.get(rules)
  if (known) return known.index
  const index = indexOf(rules)
  made.set(rules, { index })
  return index
}

function indexOf(rules: readonly Rule[]): ChainIndex | undefined {
  let best: { field: Field; keys: Map<Key, number[]>; rest: number[] } | undefined
  for (const field of ['destination', 'dport', 'source', 'sport', 'iif', 'oif'] as const) {
    const keys = new Map<Key, number[]>()
    const rest: number[] = []
    for (const [index, rule] of rules.entries()) {
      const key = demanded(rule, field)
      const list = key === undefined ? rest : (keys.get(key) ?? [])
      if (key !== undefined && !list.length) keys.set(key, list)
      list.push(index)
    }
    const worst = rest.length + Math.max(0, ...[...keys.values()].map((list) => list.length))
    const bestWorst = best ? best.rest.length + Math.max(0, ...[...best.keys.values()].map((list) => list.length)) : rules.length
    if (worst < bestWorst) best = { field, keys, rest }
  }
  if (!best || best.rest.length > rules.length / 2) return undefined
  const { field, rest } = best
  // Most keys have one rule: its number stands for the list.
  const keys = new Map<Key, number | readonly number[]>()
  for (const [key, list] of best.keys) keys.set(key, list.length === 1 ? (list[0] as number) : list)
  return {
    next(from, scene) {
      return Math.min(firstFrom(keys.get(fieldOf(scene, field)), from), firstFrom(rest, from))
    },
  }
}

/** First number of an ascending list, or of one alone, that is at least `from`; Infinity when there is none. */
function firstFrom(list: number | readonly number[] | undefined, from: number): number {
  if (typeof list === 'number') return list >= from ? list : Number.POSITIVE_INFINITY
  if (!list?.length) return Number.POSITIVE_INFINITY
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] as number) < from) low = middle + 1
    else high = middle
  }
  return low < list.length ? (list[low] as number) : Number.POSITIVE_INFINITY
}
