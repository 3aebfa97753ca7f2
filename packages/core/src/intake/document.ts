import type { ConntrackEntry, FdbEntry, InterfaceAddress, Link, Neighbour, Route, RoutingRule, Socket } from '../facts/network.ts'
import type { Note, Source } from '../facts/source.ts'
import type { Ipset } from '../netfilter/ipset/ast.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import type { NftRuleset } from '../netfilter/nft/ast.ts'
import type { CniConfig } from '../parse/cni/config.ts'
import type { ConntrackStatistics } from '../parse/conntrack/statistics.ts'
import type { Counter } from '../parse/counters/counters.ts'
import type { DockerContainer } from '../parse/docker/container.ts'
import type { DockerNetwork } from '../parse/docker/network.ts'
import type { HostState } from '../parse/host/state.ts'
import type { VirtualService } from '../parse/ipvs/ipvs.ts'
import type { KubernetesObject } from '../parse/kubernetes/object.ts'
import type { HostsEntry } from '../parse/names/hosts.ts'
import type { Resolver } from '../parse/names/resolv-conf.ts'
import type { WireguardInterface } from '../parse/wireguard/wireguard.ts'
import type { Format } from './format.ts'

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
  /** The text of what a later room reads (captures as text, logs, notes); an output pasted in notes is padded so that its lines count as in the notes. */
  readonly text?: string | undefined
  /** A capture's bytes. */
  readonly bytes?: Uint8Array | undefined
  /** The command that it is the output of, where a prompt stood above it. */
  readonly command?: string | undefined
  /** Only a part of what the command could show was asked for, or kept: what is absent may exist. */
  readonly partial?: boolean | undefined
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
  | { readonly kind: 'ipvs'; readonly services: readonly VirtualService[] }
  | { readonly kind: 'wireguard'; readonly interfaces: readonly WireguardInterface[] }
  | { readonly kind: 'docker-inspect' | 'docker-ps'; readonly objects: readonly DockerContainer[] }
  | { readonly kind: 'docker-network'; readonly objects: readonly DockerNetwork[] }
  /** `docker info`, `docker version`: dotted keys in lower case. */
  | { readonly kind: 'docker-info'; readonly values: ReadonlyMap<string, { readonly value: string; readonly line: number }> }
  | { readonly kind: 'crictl'; readonly objects: readonly unknown[] }
  /** Kubernetes objects as they stand, each with the line where it begins. */
  | {
      readonly kind: 'kubernetes'
      readonly objects: readonly {
        readonly object: KubernetesObject
        readonly source: Source /** a table's few fields */
        readonly partial?: boolean
      }[]
    }
  | { readonly kind: 'flannel-subnet'; readonly values: Readonly<Record<string, string>>; readonly lines: Readonly<Record<string, number>> }
  | { readonly kind: 'cni-config'; readonly configs: readonly CniConfig[] }
  | { readonly kind: 'hostname'; readonly name: string }
  | { readonly kind: 'hosts'; readonly entries: readonly HostsEntry[] }
  | { readonly kind: 'resolv.conf'; readonly resolvers: readonly Resolver[] }
  | { readonly kind: 'conntrack-statistics'; readonly cpus: readonly ConntrackStatistics[] }
  /** `nstat`, /proc/net/snmp; '' is a lone number (`conntrack -C`). */
  | { readonly kind: 'counters'; readonly values: ReadonlyMap<string, Counter> }
  /** What tells of a machine beside its network: modules, services, certificates … */
  | { readonly kind: 'host-state'; readonly state: HostState }
  /** Recognised, and read by a later room: captures, logs, notes, trace logs, firewall listings. */
  | { readonly kind: 'recognised'; readonly format: Format }
  | { readonly kind: 'unrecognised' }

export type { KubernetesObject } from '../parse/kubernetes/object.ts'
