import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { type Check, together } from '../check.ts'
import { type Needed, reachable } from '../rules/reachable.ts'
import { type CheckScene, capturedHosts } from '../scene.ts'

/** More pairs of hosts than this are not asked. */
const MOST_PAIRS = 400

export const overlayOpen: Check = {
  id: 'overlay-open',
  holds: 'the tunnel’s own packets pass the firewalls of all nodes',
  why: 'pods of one node reach each other, and none of another node',
  evidence: ['hosts/HOST/iptables-save.txt', 'hosts/HOST/ip-link.json', 'hosts/HOST/bridge-fdb.json, or two hosts'],
  causes: ['overlay.blocked'],
  runbook: 'admit-overlay',
  run(scene) {
    const ends = endsOf(scene)
    const pairs = ends.flatMap((from) => [
      ...ends.filter((to) => to.host !== from.host && to.device === from.device && to.port === from.port).map((to) => between(from, to)),
      ...from.peers.filter((peer) => !ends.some(({ address }) => address === peer)).flatMap((peer) => beyond(from, peer)),
    ])
    return together(pairs.slice(0, MOST_PAIRS).map((needed) => reachable(scene, needed)))
  },
}

interface End {
  readonly host: string
  readonly device: string
  readonly address: string
  readonly port: number
  /** Ends that its forwarding entries name. */
  readonly peers: readonly string[]
}

function between(from: End, to: End): Needed {
  return needed(to, `host/${from.host}`, `${to.address}:${to.port}/udp`, `from ${from.host} to ${to.host}`)
}

/** A peer that was not captured: what leaves for it, and what comes from it. */
function beyond(end: End, peer: string): readonly Needed[] {
  return [
    needed(end, `host/${end.host}`, `${peer}:${end.port}/udp`, `from ${end.host} to ${peer}`),
    { ...needed(end, peer, `${end.address}:${end.port}/udp`, `from ${peer} to ${end.host}`), entering: end.host },
  ]
}

const needed = ({ host, port }: End, from: string, to: string, way: string): Needed => ({
  from,
  to,
  host,
  object: `${port}/udp`,
  what: `the tunnel ${way} (UDP ${port})`,
  cause: () => 'overlay.blocked',
})

/** VXLAN devices that are an overlay's, with the address that their packets come from. */
const endsOf = (scene: CheckScene): readonly End[] =>
  capturedHosts(scene).flatMap(({ name, root }) =>
    [...root.links.values()].flatMap((link): readonly End[] => {
      if (!link.vxlan || !/^(?:flannel\.|vxlan\.calico|cilium_vxlan|vxlan\d*$)/.test(link.name)) return []
      const own =
        link.vxlan.local ?? root.addressesOf.get(link.vxlan.device ?? '')?.find(({ address }) => typeof address === 'number')?.address
      return typeof own === 'number'
        ? [{ host: name, device: link.name, address: formatAddress(own), port: link.vxlan.port, peers: peersOf(root, link.name) }]
        : []
    }),
  )

const peersOf = ({ fdb }: Namespace, device: string): readonly string[] => [
  ...new Set(
    fdb
      .filter((entry) => entry.device === device && typeof entry.destination === 'number' && entry.destination !== 0)
      .map(({ destination = 0 }) => formatAddress(destination)),
  ),
]
