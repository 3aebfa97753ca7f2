import type { Source } from '../../facts/source.ts'
import type { Change } from '../../model/change/change.ts'
import type { Namespace } from '../../model/namespace.ts'
import type { Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { passesHost, relevance } from './relevance.ts'
import { suspected, told } from './state.ts'

/** What one service proxy, or one mode of it, has written on a host. */
interface Proxy {
  readonly name: string
  readonly object: string
  readonly source: Source
  /** The host without it; none where the model cannot take it away. */
  readonly without: readonly Change[]
}

/** Rules of two service proxies, or of two modes of one, stand on the same host. Which of them is in the way the proof tells. */
export const serviceProxyConflict: Cause = {
  id: 'service.proxy-conflict',
  suspects: (scene) => [...scene.model.hosts.values()].flatMap((host) => suspects(scene, host)),
}

function suspects(scene: Scene, host: Namespace): readonly Suspect[] {
  const proxies = [iptablesMode(host), nftablesMode(host), ipvsMode(host)].filter((proxy) => proxy !== undefined)
  if (proxies.length < 2) return []
  const needed = relevance(scene, (aim) => passesHost(aim, host.host))
  const because = proxies.map(({ name, source }) => told(`${name} has rules for Services on ${host.host}`, source))
  return proxies.map(({ object, source, without }) =>
    suspected('service.proxy-conflict', needed, {
      where: { host: host.host, object, source },
      because,
      likelihood: 0.6,
      without,
    }),
  )
}

/** Chains of single Services: IPVS mode writes KUBE-SERVICES too, without them. */
function iptablesMode({ host, iptables }: Namespace): Proxy | undefined {
  for (const { family, file, tables } of iptables) {
    const nat = tables.find(({ name }) => name === 'nat')
    const service = [...(nat?.chains.values() ?? [])].find(({ name, rules }) => name.startsWith('KUBE-SVC-') && rules.length > 0)
    if (!nat || !service) continue
    const jumps = ['PREROUTING', 'OUTPUT'].flatMap((chain) =>
      (nat.chains.get(chain)?.rules ?? [])
        .filter(({ text }) => /-j KUBE-SERVICES$/.test(text))
        .map(({ number }) => ({ kind: 'rule-removed' as const, at: { host, netns: '', family, table: 'nat', chain, file, rule: number } })),
    )
    return {
      name: 'kube-proxy in iptables mode',
      object: 'chain KUBE-SERVICES (table nat)',
      source: { file, line: service.line },
      without: jumps,
    }
  }
  return undefined
}

function nftablesMode({ host, nft }: Namespace): Proxy | undefined {
  for (const { file, tables } of nft) {
    const table = tables.find(({ name, chains }) => name === 'kube-proxy' && chains.some((chain) => chain.rules.length > 0))
    if (!table) continue
    const at = { host, netns: '', family: table.family, table: table.name, file }
    return {
      name: 'kube-proxy in nftables mode',
      object: `table ${table.family} kube-proxy`,
      source: { file, line: table.line },
      without: [{ kind: 'table-removed', at }],
    }
  }
  return undefined
}

/** kube-proxy's IPVS mode, or kube-router's service proxy. */
function ipvsMode({ virtualServices = [], links }: Namespace): Proxy | undefined {
  const [first] = virtualServices
  if (!first) return undefined
  const name = links.has('kube-dummy-if') ? 'kube-router' : 'kube-proxy in IPVS mode'
  return { name, object: 'virtual services of IPVS', source: first.source, without: [] }
}
