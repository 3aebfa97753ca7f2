import type { Source } from '../../facts/source.ts'
import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { passesHost, relevance } from './relevance.ts'
import { suspected, told } from './state.ts'

const TUNNELS = new Set(['vxlan', 'geneve', 'ipip', 'gre', 'gretap', 'wireguard', 'tun'])

/** Checksums that come in wrong on a host with a tunnel: what was to be offloaded was not done right. */
export const hostOffload: Cause = {
  id: 'host.offload',
  suspects: (scene) => [...new Set([...captured(scene).keys(), ...counted(scene).keys()])].flatMap((host) => suspect(scene, host)),
}

function suspect(scene: Scene, host: string): readonly Suspect[] {
  const seen = captured(scene).get(host) ?? []
  const counters = counted(scene).get(host) ?? []
  const tunnel = [...(scene.model.hosts.get(host)?.links.values() ?? [])].find(({ type }) => type !== undefined && TUNNELS.has(type))
  const because: Because[] = [...seen, ...counters]
  if (tunnel)
    because.push(told(`${tunnel.name} is a tunnel (${tunnel.type}), whose inner checksums are left to card and driver`, tunnel.source))
  const needed = relevance(scene, (aim) => host === '' || passesHost(aim, host))
  return [
    suspected('host.offload', needed, {
      where: { host, object: tunnel ? `offloading on ${tunnel.name}` : 'checksum offloading' },
      because,
      likelihood: seen.length > 0 ? (tunnel ? 0.85 : 0.6) : tunnel ? 0.5 : 0.25,
      explains: seen.flatMap(({ observation }) => observation ?? []),
    }),
  ]
}

/** Wrong checksums of packets that came in; those of packets going out are how offloading looks. */
function captured(scene: Scene): ReadonlyMap<string, readonly Because[]> {
  const byHost = new Map<string, Because[]>()
  for (const observation of scene.observations) {
    if (observation.kind !== 'packet' || observation.sighting !== 'bad-checksum') continue
    const host = observation.host ?? ''
    const list = byHost.get(host) ?? []
    if (list.length < 3) list.push({ text: observation.text, source: observation.source, observation: observation.id })
    byHost.set(host, list)
  }
  return byHost
}

const CHECKSUMS = ['TcpInCsumErrors', 'UdpInCsumErrors', 'IcmpInCsumErrors']
/** A few wrong ones come from any network. */
const MANY = 100

function counted(scene: Scene): ReadonlyMap<string, readonly Because[]> {
  const byHost = new Map<string, Because[]>()
  for (const { content, place } of scene.documents) {
    if (content.kind !== 'counters') continue
    for (const name of CHECKSUMS) {
      const counter: { readonly value: number; readonly source: Source } | undefined = content.values.get(name)
      if (!counter || counter.value < MANY) continue
      const list = byHost.get(place.host ?? '') ?? []
      list.push(told(`${counter.value} packets came in with a wrong checksum (${name})`, counter.source))
      byHost.set(place.host ?? '', list)
    }
  }
  return byHost
}
