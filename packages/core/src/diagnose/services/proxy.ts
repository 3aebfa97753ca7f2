import type { Namespace } from '../../model/namespace.ts'

/** What serves Services on a host, as far as its rules show. */
export type Proxy =
  | { readonly kind: 'rules' }
  /** No rule of any service proxy; or one whose work no ruleset shows. */
  | { readonly kind: 'none' | 'unknown'; readonly why: string }

/** kube-proxy's chains (iptables), its table (nftables), IPVS's dummy device, kube-router's; or Cilium's datapath, which shows no rules. */
export function proxyOf(host: Namespace): Proxy {
  const rules =
    host.iptables.some((ruleset) => ruleset.tables.some((table) => table.chains.has('KUBE-SERVICES'))) ||
    host.nft.some((ruleset) =>
      ruleset.tables.some((table) => table.name === 'kube-proxy' || table.chains.some((chain) => chain.name === 'KUBE-SERVICES')),
    )
  if (rules || host.links.has('kube-ipvs0') || host.links.has('kube-dummy-if')) return { kind: 'rules' }
  if (host.links.has('cilium_host')) return { kind: 'unknown', why: 'eBPF programs of Cilium serve them' }
  if (!host.iptables.length && !host.nft.length) return { kind: 'unknown', why: `${host.folder}/iptables-save.txt or nft.json` }
  return { kind: 'none', why: `no rules of a service proxy stand on ${host.host}` }
}
