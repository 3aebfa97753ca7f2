import type { Note } from '../facts/source.ts'
import type { Family } from '../net/address.ts'
import { readIpsetList } from '../netfilter/ipset/list.ts'
import { readIpsetSave } from '../netfilter/ipset/save.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import { readIptablesLists } from '../netfilter/iptables/list/read-list.ts'
import { readIptablesSave, readIptablesSaves } from '../netfilter/iptables/read.ts'
import type { SharedRules } from '../netfilter/iptables/shared-rules.ts'
import type { NftRuleset } from '../netfilter/nft/ast.ts'
import { readNftJson } from '../netfilter/nft/json/ruleset.ts'
import { readNftText } from '../netfilter/nft/read/text.ts'
import { readBridgeFdb } from '../parse/bridge/fdb.ts'
import { readBridgeLink } from '../parse/bridge/link.ts'
import { readCniConfig } from '../parse/cni/config.ts'
import { readFlannelSubnet } from '../parse/cni/flannel.ts'
import { readConntrack } from '../parse/conntrack/conntrack.ts'
import { readConntrackStatistics } from '../parse/conntrack/statistics.ts'
import { readCounters } from '../parse/counters/counters.ts'
import { readDockerInspect } from '../parse/docker/container.ts'
import { readDockerInfo } from '../parse/docker/info.ts'
import { readDockerNetworks } from '../parse/docker/network.ts'
import { readDockerPs } from '../parse/docker/ps.ts'
import { readIpAddr } from '../parse/ip/addr.ts'
import { readIpLink } from '../parse/ip/link.ts'
import { readIpNeigh } from '../parse/ip/neigh.ts'
import { readIpRoute } from '../parse/ip/route.ts'
import { readIpRule } from '../parse/ip/rule.ts'
import { readIpvs } from '../parse/ipvs/ipvs.ts'
import { readJson } from '../parse/json.ts'
import { readKubectlDescribe } from '../parse/kubernetes/describe.ts'
import { readKubernetes } from '../parse/kubernetes/read.ts'
import { readKubectlTable } from '../parse/kubernetes/table.ts'
import { readHosts } from '../parse/names/hosts.ts'
import { readResolvConf } from '../parse/names/resolv-conf.ts'
import { readSs } from '../parse/ss/ss.ts'
import { readSysctl } from '../parse/sysctl/sysctl.ts'
import { readWireguard } from '../parse/wireguard/wireguard.ts'
import type { Content } from './document.ts'
import type { Format } from './format.ts'

/** What the file's name, the command above it or the text around it tell beyond the text itself. */
export interface Hints {
  readonly family?: Family | undefined
  readonly table?: string | undefined
  readonly backend?: 'legacy' | 'nft' | undefined
  /** `kubectl -n`. */
  readonly namespace?: string | undefined
  readonly partial?: boolean | undefined
  /** Rulesets of several hosts share what they have in common. */
  readonly shared?: SharedRules | undefined
}

export interface Read {
  readonly content: Content
  readonly notes: readonly Note[]
}

/** A text may hold several: the rulesets of both families. */
type Reader = (text: string, file: string, hints: Hints) => Read | readonly Read[]

function rulesets(found: readonly IptablesRuleset[], hints: Hints): readonly Read[] {
  return found.map((ruleset) => ({
    content: { kind: 'iptables', ruleset: hints.partial ? { ...ruleset, complete: false } : ruleset },
    notes: ruleset.notes,
  }))
}

const nft = (ruleset: NftRuleset): Read => ({ content: { kind: 'nft', ruleset }, notes: ruleset.notes })

function sockets(text: string, file: string): Read {
  const { facts, notes } = readSs(text, file)
  return { content: { kind: 'ss', sockets: facts }, notes }
}

function connections(text: string, file: string): Read {
  const { facts, notes } = readConntrack(text, file)
  return { content: { kind: 'conntrack', entries: facts }, notes }
}

/** Format → reader. A format without one is recognised and left to a later room. */
export const READERS: Partial<Record<Format, Reader>> = {
  'iptables-save': (text, file, hints) => {
    const found = readIptablesSaves(text, file, hints)
    return rulesets(found.length > 0 ? found : [readIptablesSave(text, file, hints.family, hints.backend)], hints)
  },
  'iptables-list': (text, file, hints) => rulesets(readIptablesLists(text, file, hints.family), hints),
  'nft-json': (text, file) => nft(readNftJson(text, file)),
  'nft-text': (text, file) => nft(readNftText(text, file)),
  sysctl: (text, file) => {
    const { values, notes } = readSysctl(text, file)
    return { content: { kind: 'sysctl', values }, notes }
  },
  ss: sockets,
  netstat: sockets,
  conntrack: connections,
  'conntrack-events': connections,
  ipset: (text, file) => {
    const { facts, notes } = /^\s*(?:create|add) /m.test(text.slice(0, 65_536)) ? readIpsetSave(text, file) : readIpsetList(text, file)
    return { content: { kind: 'ipset', sets: facts }, notes }
  },
  'ip-addr': (text, file) => {
    const { facts, links, notes } = readIpAddr(text, file)
    return { content: { kind: 'ip-addr', links, addresses: facts }, notes }
  },
  'ip-link': (text, file) => {
    const { facts, notes } = readIpLink(text, file)
    return { content: { kind: 'ip-link', links: facts }, notes }
  },
  'ip-route': (text, file, hints) => {
    const { facts, complete, notes } = readIpRoute(text, file, { family: hints.family, table: hints.table })
    return { content: { kind: 'ip-route', routes: facts, complete: complete && !hints.partial }, notes }
  },
  'ip-rule': (text, file, hints) => {
    const { facts, notes } = readIpRule(text, file, hints.family)
    return { content: { kind: 'ip-rule', rules: facts }, notes }
  },
  'ip-neigh': (text, file) => {
    const { facts, notes } = readIpNeigh(text, file)
    return { content: { kind: 'ip-neigh', neighbours: facts }, notes }
  },
  'bridge-link': (text, file) => {
    const { facts, notes } = readBridgeLink(text, file)
    return { content: { kind: 'bridge-link', links: facts }, notes }
  },
  'bridge-fdb': (text, file) => {
    const { facts, notes } = readBridgeFdb(text, file)
    return { content: { kind: 'bridge-fdb', entries: facts }, notes }
  },
  ipvsadm: (text, file) => {
    const { facts, notes } = readIpvs(text, file)
    return { content: { kind: 'ipvs', services: facts }, notes }
  },
  wireguard: (text, file) => {
    const { facts, notes } = readWireguard(text, file)
    return { content: { kind: 'wireguard', interfaces: facts }, notes }
  },
  'docker-inspect': (text, file) => {
    const { facts, notes } = readDockerInspect(text, file)
    return { content: { kind: 'docker-inspect', objects: facts }, notes }
  },
  'docker-ps': (text, file) => {
    const { facts, notes } = readDockerPs(text, file)
    return { content: { kind: 'docker-ps', objects: facts }, notes }
  },
  'docker-network': (text, file) => {
    const { facts, notes } = readDockerNetworks(text, file)
    return { content: { kind: 'docker-network', objects: facts }, notes }
  },
  'docker-info': (text, file) => ({ content: { kind: 'docker-info', values: readDockerInfo(text, file) }, notes: [] }),
  'docker-version': (text, file) => ({ content: { kind: 'docker-info', values: readDockerInfo(text, file) }, notes: [] }),
  crictl: (text, file) => {
    if (!/^\s*[[{]/.test(text)) return { content: { kind: 'recognised', format: 'crictl' }, notes: [] }
    const json = readJson(text, file)
    return { content: { kind: 'crictl', objects: json.documents }, notes: json.notes }
  },
  kubernetes: (text, file) => {
    const { facts, notes } = readKubernetes(text, file)
    return { content: { kind: 'kubernetes', objects: facts }, notes }
  },
  'kubectl-table': (text, file, hints) => {
    const { facts, notes } = readKubectlTable(text, file, hints.namespace)
    return { content: { kind: 'kubernetes', objects: facts }, notes }
  },
  'kubectl-describe': (text, file) => {
    const { facts, notes } = readKubectlDescribe(text, file)
    return { content: { kind: 'kubernetes', objects: facts }, notes }
  },
  'flannel-subnet': (text, file) => {
    const { values, lines, notes } = readFlannelSubnet(text, file)
    return { content: { kind: 'flannel-subnet', values, lines }, notes }
  },
  'cni-config': (text, file) => {
    const { facts, notes } = readCniConfig(text, file)
    return { content: { kind: 'cni-config', configs: facts }, notes }
  },
  hosts: (text, file) => {
    const { facts, notes } = readHosts(text, file)
    return { content: { kind: 'hosts', entries: facts }, notes }
  },
  'resolv.conf': (text, file) => {
    const { facts, notes } = readResolvConf(text, file)
    return { content: { kind: 'resolv.conf', resolvers: facts }, notes }
  },
  'conntrack-statistics': (text, file) => {
    const { facts, notes } = readConntrackStatistics(text, file)
    return { content: { kind: 'conntrack-statistics', cpus: facts }, notes }
  },
  counters: (text, file) => ({ content: { kind: 'counters', values: readCounters(text, file) }, notes: [] }),
  hostname: (text) => ({ content: { kind: 'hostname', name: text.trim().split(/\s/)[0] ?? '' }, notes: [] }),
}
