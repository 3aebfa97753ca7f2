import type { FdbEntry, ConntrackEntry, InterfaceAddress, Link, Neighbour, Route, RoutingRule, Socket } from '../facts/network.ts'
import type { Note, Source } from '../facts/source.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import type { Ipset } from '../netfilter/ipset/ast.ts'
import type { NftRuleset } from '../netfilter/nft/ast.ts'

/** Where in the cluster a document was taken. `netns` '' is the host's own namespace; `host` undefined: not told. */
export interface Place {
  readonly host: string | undefined
  readonly netns: string
}

/** One text of the evidence, recognised and read. What it could not read is in `notes`. */
export interface Document {
  readonly place: Place
  /** Path inside the bundle, or as given. */
  readonly file: string
  readonly content: Content
  readonly notes: readonly Note[]
}

/** What a text turned out to be. */
export type Content =
  | { readonly kind: 'iptables'; readonly ruleset: IptablesRuleset }
  | { readonly kind: 'nft'; readonly ruleset: NftRuleset }
  | { readonly kind: 'ipset'; readonly sets: readonly Ipset[] }
  | { readonly kind: 'ip-link'; readonly links: readonly Link[] }
  /** `ip addr` shows links too. */
  | { readonly kind: 'ip-addr'; readonly links: readonly Link[]; readonly addresses: readonly InterfaceAddress[] }
  /** `complete`: `ip route show table all`; else only the tables that occur were shown. */
  | { readonly kind: 'ip-route'; readonly routes: readonly Route[]; readonly complete: boolean }
  | { readonly kind: 'ip-rule'; readonly rules: readonly RoutingRule[] }
  | { readonly kind: 'ip-neigh'; readonly neighbours: readonly Neighbour[] }
  | { readonly kind: 'bridge-link'; readonly links: readonly Link[] }
  | { readonly kind: 'bridge-fdb'; readonly entries: readonly FdbEntry[] }
  | { readonly kind: 'sysctl'; readonly values: ReadonlyMap<string, { readonly value: string; readonly line: number }> }
  | { readonly kind: 'ss'; readonly sockets: readonly Socket[] }
  | { readonly kind: 'conntrack'; readonly entries: readonly ConntrackEntry[] }
  | { readonly kind: 'docker-inspect' | 'docker-ps' | 'docker-network' | 'crictl'; readonly objects: readonly unknown[] }
  /** Kubernetes objects as they stand, each with the line where it begins. */
  | { readonly kind: 'kubernetes'; readonly objects: readonly { readonly object: KubernetesObject; readonly source: Source }[] }
  | { readonly kind: 'flannel-subnet'; readonly values: Readonly<Record<string, string>> }
  /** Recognised, and read by a later room: captures, logs, notes, trace logs, firewall listings. */
  | { readonly kind: 'recognised'; readonly format: string }
  | { readonly kind: 'unrecognised' }

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>>; readonly [key: string]: unknown }
  readonly [key: string]: unknown
}
