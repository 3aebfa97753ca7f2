import type { ConntrackEntry } from '../../../facts/network.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import type { Scene } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'
import { relevance } from '../relevance.ts'
import { suspected, told } from '../state.ts'

/** UDP entries that lead to an address which the rules for that port lead to no more. Rules are enough, where the Service was not shown. */
export const staleEntries: Cause = {
  id: 'conntrack.stale',
  suspects: (scene) => scene.model.namespaces.flatMap((namespace) => (namespace.conntrack.length > 0 ? ofNamespace(scene, namespace) : [])),
}

const TRANSLATED = /\s--to-destination ([\d.]+)(?::\d+)?/

/** Targets of the DNAT rules for each UDP port, followed through the chains of kube-proxy and Docker. */
function targetsOf({ iptables }: Namespace): ReadonlyMap<string, ReadonlySet<string>> {
  const chains = new Map<string, readonly string[]>()
  for (const { tables, family } of iptables)
    if (family === 'ip')
      for (const table of tables)
        if (table.name === 'nat')
          for (const [name, chain] of table.chains) chains.set(name, [...(chains.get(name) ?? []), ...chain.rules.map(({ text }) => text)])
  const found = new Map<string, Set<string>>()
  for (const rules of chains.values())
    for (const text of rules) {
      const port = /\s-p udp\s.*--dport (\d+)\s/.exec(`${text} `)?.[1]
      if (port === undefined) continue
      const address = /\s-d ([\d.]+)(?:\/32)?\s/.exec(text)?.[1] ?? ''
      const targets = targetsBehind(text, chains, 0)
      if (targets.length > 0) found.set(`${address} ${port}`, new Set([...(found.get(`${address} ${port}`) ?? []), ...targets]))
    }
  return found
}

/** KUBE-SERVICES, KUBE-EXT-…, KUBE-SVC-…, KUBE-SEP-…. */
const DEEPEST = 4

function targetsBehind(text: string, chains: ReadonlyMap<string, readonly string[]>, depth: number): readonly string[] {
  const own = TRANSLATED.exec(text)?.[1]
  if (own !== undefined) return [own]
  const jump = / -[jg] (\S+)/.exec(text)?.[1]
  if (jump === undefined || depth >= DEEPEST || !/^KUBE-(?:SVC|SVL|SEP|EXT|XLB|FW)-/.test(jump)) return []
  return (chains.get(jump) ?? []).flatMap((rule) => targetsBehind(rule, chains, depth + 1))
}

function ofNamespace(scene: Scene, namespace: Namespace): readonly Suspect[] {
  const targets = targetsOf(namespace)
  if (targets.size === 0) return []
  const groups = new Map<string, ConntrackEntry[]>()
  for (const entry of namespace.conntrack) {
    const { original, reply, protocol } = entry
    if (protocol !== PROTOCOL.udp) continue
    const right = targets.get(`${formatAddress(original.dst)} ${original.dport}`) ?? targets.get(` ${original.dport}`)
    if (!right || right.has(formatAddress(reply.src))) continue
    const key = `${formatAddress(original.dst)}:${original.dport} ${formatAddress(reply.src)}`
    groups.set(key, [...(groups.get(key) ?? []), entry])
  }
  return [...groups.values()].map((entries) => suspect(scene, namespace, entries as [ConntrackEntry, ...ConntrackEntry[]]))
}

function suspect(scene: Scene, namespace: Namespace, entries: readonly [ConntrackEntry, ...ConntrackEntry[]]): Suspect {
  const [{ original, reply, source }] = entries
  const silent = entries.filter(({ flags }) => flags.includes('UNREPLIED')).length
  const to = `${formatAddress(original.dst)}:${original.dport}`
  const where = reply.src === original.dst ? 'are not translated' : `lead to ${formatAddress(reply.src)}`
  return suspected(
    'conntrack.stale',
    relevance(scene, (aim) => aim.addresses.has(original.dst) || aim.ports.has(original.dport)),
    {
      where: { host: namespace.host, netns: namespace.name, object: `UDP entries for ${to}`, source },
      because: [told(`${entries.length} conntrack entries for ${to} ${where}, where the rules lead new ones to another address`, source)],
      likelihood: silent > 0 ? 0.88 : 0.5,
    },
  )
}
