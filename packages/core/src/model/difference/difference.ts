import type { Source } from '../../facts/source.ts'

/** What kind of thing is otherwise. */
export type DifferenceKind =
  | 'namespace'
  | 'table'
  | 'chain'
  | 'policy'
  | 'rule'
  | 'set'
  | 'set-entry'
  | 'route'
  | 'routing-rule'
  | 'link'
  | 'address'
  | 'neighbour'
  | 'fdb'
  | 'sysctl'
  | 'socket'
  | 'virtual-service'
  | 'wireguard-peer'
  | 'unit'
  | 'module'
  | 'setting'
  | 'container'
  | 'network'
  | 'object'

/** One side of a difference: how it reads there, and where. */
export interface Side {
  readonly text: string
  readonly source: Source
  /** Of a rule: its place in its chain, as --line-numbers counts. */
  readonly rule?: number | undefined
}

/** A part of a thing that is otherwise; undefined: that side does not have it. */
export interface FieldChange {
  readonly field: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** The chain that a rule or policy is in, as rulesets name it. */
export interface ChainPlace {
  readonly backend: 'iptables' | 'iptables-legacy' | 'nft'
  readonly family: string
  readonly table: string
  readonly chain: string
}

/** Something that two snapshots do not have alike. `moved`: the same rule, before or behind others than it was. */
export interface Difference {
  readonly kind: DifferenceKind
  readonly change: 'added' | 'removed' | 'changed' | 'moved'
  /** '' for what belongs to the cluster. */
  readonly host: string
  /** '' is the host's own namespace. */
  readonly netns: string
  /** What it is, in its own tools' words: a chain, a device, a set, `Service default/web`. */
  readonly object: string
  readonly before?: Side | undefined
  readonly after?: Side | undefined
  /** Of what is changed. */
  readonly fields: readonly FieldChange[]
  /** Of rules, policies and chains. */
  readonly at?: ChainPlace | undefined
}

/** What only one of the snapshots tells of, so that nobody knows whether it changed. */
export interface NotCompared {
  readonly host: string
  readonly netns: string
  /** `iptables ip`, `ip-route`, `Service objects` … */
  readonly part: string
  /** Which snapshot does not tell. */
  readonly missing: 'before' | 'after'
}

/** All that two snapshots differ in, in a steady order, and what could not be compared. */
export interface Differences {
  readonly found: readonly Difference[]
  readonly notCompared: readonly NotCompared[]
  /** Lists that both tell of: 0 where they have nothing in common. */
  readonly compared: number
}

/** Where something stands in a cluster. */
export interface Spot {
  readonly host: string
  readonly netns: string
}
