import type { Document } from '../../intake/document.ts'
import { contains, network, type Prefix, parsePrefix } from '../../net/prefix.ts'

/** All of 10.0.0.0/8: where a cluster has its pods, if nothing tells. */
const LIKELY: Prefix = { address: 0x0a000000, length: 8 }

/** kube-proxy's `! -s 10.244.0.0/16` and flannel's and Calico's rules name the network of all pods. */
const NAMED: readonly RegExp[] = [
  /^-A KUBE-(?:SVC|SERVICES|MARK)\S* ! -s ([\d.]+\/\d+)\s/,
  /^-A FLANNEL-\S+ (?:! )?-s ([\d.]+\/\d+)\s/,
  /^-A (?:FLANNEL-FWD|FORWARD) -[sd] ([\d.]+\/\d+)\s.*-j ACCEPT/,
]

/** Networks of pods that a host's documents name; empty where it is no node of a cluster. */
export function podNetworks(documents: readonly Document[]): readonly Prefix[] {
  const found = documents.flatMap(({ content }) => {
    if (content.kind !== 'iptables') return []
    return content.ruleset.tables.flatMap(({ chains }) =>
      [...chains.values()].flatMap(({ rules }) => rules.flatMap(({ text }) => namedIn(text))),
    )
  })
  if (found.length > 0) return found
  return documents.some(isNode) ? [LIKELY] : []
}

function namedIn(text: string): readonly Prefix[] {
  for (const form of NAMED) {
    const prefix = parsePrefix(form.exec(text)?.[1] ?? '')
    if (prefix && prefix.length > 7 && prefix.length < 29) return [network(prefix.address, prefix.length)]
  }
  return []
}

const isNode = ({ content }: Document): boolean => {
  switch (content.kind) {
    case 'iptables':
      return content.ruleset.tables.some(({ chains }) => [...chains.keys()].some((name) => /^(?:KUBE-|cali-|FLANNEL|CILIUM_)/.test(name)))
    case 'ip-addr':
      return content.links.some(({ name }) => /^(?:flannel|cali|cilium|cni0$|cbr0$|tunl0$)/.test(name))
    default:
      return false
  }
}

/** The prefixes of IPv4 that lie outside of all of these. */
export function outsideOf(excluded: readonly Prefix[], within: Prefix = { address: 0, length: 0 }): readonly Prefix[] {
  const hit = excluded.filter((prefix) => contains(within, prefix.address) || contains(prefix, within.address))
  if (hit.length === 0) return [within]
  if (hit.some((prefix) => prefix.length <= within.length)) return []
  const length = within.length + 1
  const low = Number(within.address)
  return [low, (low + 2 ** (32 - length)) >>> 0].flatMap((address) => outsideOf(hit, { address, length }))
}
