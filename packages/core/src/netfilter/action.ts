import type { Address } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import type { Unknown } from './decision.ts'

/** How a REJECT answers: ICMP/ICMPv6 type and code, or a TCP reset. */
export type RejectWith =
  | { readonly kind: 'tcp-reset' }
  | { readonly kind: 'icmp'; readonly type: number; readonly code: number; readonly name: string }

/** What a NAT target asks of nf_nat: a struct nf_nat_range2, or an address that depends on where the packet is (masquerade, redirect). */
export type NatRequest =
  | {
      readonly kind: 'range'
      readonly manip: 'source' | 'destination'
      /** undefined: the address stays, only ports change. */
      readonly addresses?: { readonly first: Address; readonly last: Address } | undefined
      readonly ports?: { readonly first: number; readonly last: number } | undefined
      /** NF_NAT_RANGE_NETMAP: keep host bits, replace those of the mask given by first..last. */
      readonly netmap?: boolean | undefined
      /** NF_NAT_RANGE_PROTO_RANDOM / _FULLY; PERSISTENT. */
      readonly random?: boolean | undefined
      readonly persistent?: boolean | undefined
      /** NF_NAT_RANGE_PROTO_OFFSET: shifted port ranges, base port. */
      readonly portBase?: number | undefined
    }
  | {
      readonly kind: 'masquerade'
      readonly ports?: { readonly first: number; readonly last: number } | undefined
      readonly random?: boolean | undefined
    }
  | {
      readonly kind: 'redirect'
      readonly ports?: { readonly first: number; readonly last: number } | undefined
      readonly random?: boolean | undefined
    }

/** Changes to the conntrack entry of the packet. */
export interface ConntrackChange {
  readonly mark?: number
  readonly labels?: bigint
  readonly helper?: string
  /** CT --zone, raw table: the zone in which the packet's connection is looked up, for both or one of its directions. */
  /** With `zone`: also for a packet that was left untracked (nft). */
  readonly always?: true
  readonly zone?: { readonly id: number; readonly direction: 'both' | 'original' | 'reply' }
}

/**
 * What a target (iptables) or a statement (nft) does with a packet that reached it.
 * `continue` with nothing changed is what LOG does: the walk goes on with the next statement or rule.
 */
export type Action =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' /** an errno sent back to the local sender, NF_DROP_ERR */; readonly error?: 'EPERM' }
  | { readonly kind: 'return' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'queue'; readonly bypass: boolean }
  /** Another part of the kernel takes the packet (SYNPROXY, TPROXY to a socket, fwd, dup does not). */
  | { readonly kind: 'stolen'; readonly by: string }
  | { readonly kind: 'reject'; readonly with: RejectWith }
  | { readonly kind: 'nat'; readonly request: NatRequest }
  /** Packet or conntrack changed; then `then`, `continue` when absent. A changed mark is a changed packet. */
  | {
      readonly kind: 'alter'
      readonly packet?: Packet
      readonly conntrack?: ConntrackChange
      readonly then?: 'accept' | 'continue' | 'return' | 'drop'
    }
  /** raw table: CT --notrack, NOTRACK, `notrack`. */
  | { readonly kind: 'notrack' }
  /** TPROXY: deliver to this local socket; the packet is marked and accepted. */
  | { readonly kind: 'tproxy'; readonly address?: Address; readonly port?: number; readonly packet: Packet }
  /** The kernel draws one of these (`numgen random … vmap`). Probabilities add up to 1. */
  | { readonly kind: 'choice'; readonly options: readonly { readonly probability: number; readonly action: Action }[] }
  | { readonly kind: 'unknown'; readonly unknown: Unknown }

export const ACCEPT: Action = { kind: 'accept' }
export const DROP: Action = { kind: 'drop' }
export const RETURN: Action = { kind: 'return' }
export const CONTINUE: Action = { kind: 'continue' }
