import type { Family } from '../net/address.ts'

/** `iptables`, `ip6tables`, or one of their named back ends. */
export interface IptablesProgram {
  readonly family: Family
  readonly backend: 'default' | 'legacy' | 'nft'
}

/**
 * One thing that a step does, typed, so that its inverse, its place in the model and what it interrupts are known. What is none of these is a
 * `command`: it runs as it stands, and its undo is what its author wrote.
 */
export type Operation =
  | RuleOperation
  | {
      readonly kind: 'chain'
      readonly action: 'new' | 'remove'
      readonly program: IptablesProgram
      readonly table: string
      readonly chain: string
    }
  | {
      readonly kind: 'policy'
      readonly program: IptablesProgram
      readonly table: string
      readonly chain: string
      readonly policy: 'ACCEPT' | 'DROP'
    }
  | NftOperation
  | { readonly kind: 'sysctl'; readonly name: string; readonly value: string }
  | RouteOperation
  | { readonly kind: 'routing-rule'; readonly action: 'add' | 'delete'; readonly family: Family; readonly words: readonly string[] }
  /** `settings` as ip(8) writes them: `up`, `mtu 1400`, `master br0`, `nomaster`. */
  | { readonly kind: 'link-set'; readonly device: string; readonly settings: readonly string[] }
  | { readonly kind: 'link-add' | 'link-delete'; readonly device: string; readonly words: readonly string[] }
  | { readonly kind: 'bridge-port'; readonly device: string; readonly settings: readonly string[] }
  | { readonly kind: 'address'; readonly action: 'add' | 'delete'; readonly device: string; readonly words: readonly string[] }
  | {
      readonly kind: 'neighbour'
      readonly action: 'add' | 'replace' | 'delete'
      readonly device: string
      readonly address: string
      readonly words: readonly string[]
    }
  | {
      readonly kind: 'fdb'
      readonly action: 'add' | 'append' | 'replace' | 'delete'
      readonly device: string
      readonly mac: string
      readonly words: readonly string[]
    }
  | { readonly kind: 'set-entry'; readonly action: 'add' | 'delete'; readonly set: string; readonly words: readonly string[] }
  | { readonly kind: 'service'; readonly action: ServiceAction; readonly unit: string; readonly program: 'systemctl' | 'service' }
  | { readonly kind: 'container'; readonly action: 'start' | 'stop' | 'restart' | 'run' | 'rm'; readonly words: readonly string[] }
  /** kubectl, `words` with the action. */
  | { readonly kind: 'object'; readonly action: 'apply' | 'delete'; readonly words: readonly string[] }
  | { readonly kind: 'command'; readonly argv: readonly string[] }

export type ServiceAction = 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable'

/** A rule of iptables. `rule` holds the options that iptables-save prints behind the chain. */
export interface RuleOperation {
  readonly kind: 'rule'
  readonly action: 'insert' | 'append' | 'delete' | 'replace'
  readonly program: IptablesProgram
  readonly table: string
  readonly chain: string
  /** 1-based. Of an insertion 1 where left out; of a deletion left out: the first such rule. */
  readonly position: number | undefined
  /** '' where a deletion names its rule by its number. */
  readonly rule: string
}

export interface NftOperation {
  readonly kind: 'nft-rule'
  readonly action: 'insert' | 'add' | 'delete'
  readonly family: string
  readonly table: string
  readonly chain: string
  /** 0-based rule that a new one goes before (insert) or behind (add). */
  readonly index: number | undefined
  /** Of a deletion. */
  readonly handle: number | undefined
  readonly text: string
}

export interface RouteOperation {
  readonly kind: 'route'
  readonly action: 'add' | 'append' | 'delete' | 'replace'
  readonly family: Family
  /** As ip(8) writes a route: type, destination, `via`, `dev`, `table` … */
  readonly words: readonly string[]
}

/** Why a command is never run by a repair. */
export interface Refused {
  readonly kind: 'refused'
  readonly why: string
}
