import type { Addresses } from '../network.ts'
import type { Random } from '../random.ts'
import type { Family, IpsetSpec } from '../scenario.ts'

/** Where a rule will stand, which bounds what it may hold. */
export interface Spot {
  readonly random: Random
  readonly family: Family
  readonly addresses: Addresses
  readonly table: string
  /** The hooks that can reach the chain. */
  readonly hooks: readonly string[]
  readonly sets: readonly IpsetSpec[]
  /** The chains that a rule here may jump to. */
  readonly next: readonly string[]
}

export const PORTS_USED = [53, 80, 443, 8080, 30080, 6443, 22] as const
export const MARKS = ['0x1', '0x2', '0x4000', '0x8000', '0x4001'] as const
export const MARK_MASKS = ['0x1/0x1', '0x2/0x2', '0x4000/0x4000', '0x8000/0x8000', '0xffff', '0x0/0x4000', '0x1', '0x0'] as const

/** Every single address that something in the lab has or uses. */
export function allAddresses(a: Addresses): readonly string[] {
  return [a.P1, a.P2, a.C1, ...Object.values(a.host), ...Object.values(a.via), ...a.outside, ...a.services, a.tunnelled.address]
}

/** An address or a prefix, as -s and -d take it. */
export function network({ random, addresses }: Spot): string {
  return random.chance(0.45) ? random.pick(allAddresses(addresses)) : random.pick([...addresses.prefixes, addresses.everything])
}

export const not = ({ random }: Spot, probability = 0.2): string => (random.chance(probability) ? '! ' : '')

export const only = (spot: Spot, ...hooks: readonly string[]): boolean => spot.hooks.every((hook) => hooks.includes(hook))

export const port = ({ random }: Spot): number => random.pick(PORTS_USED)

export function portRange(spot: Spot, separator = ':'): string {
  const low = port(spot)
  return spot.random.chance(0.7) ? String(low) : `${low}${separator}${low + spot.random.int(1, 12000)}`
}
