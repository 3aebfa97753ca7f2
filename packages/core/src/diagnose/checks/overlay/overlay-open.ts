import { formatAddress } from '../../../net/address.ts'
import { type Check, type Examined, together } from '../check.ts'
import { reachable } from '../rules/reachable.ts'
import { type CheckScene, capturedHosts } from '../scene.ts'

/** More pairs of hosts than this are not asked. */
const MOST_PAIRS = 400

export const overlayOpen: Check = {
  id: 'overlay-open',
  holds: 'the tunnel’s own packets pass the firewalls of all nodes',
  why: 'pods of one node reach each other, and none of another node',
  evidence: ['hosts/HOST/iptables-save.txt', 'hosts/HOST/ip-link.json of two hosts or more'],
  causes: ['overlay.blocked'],
  runbook: 'admit-overlay',
  run(scene) {
    const ends = endsOf(scene)
    const pairs = ends.flatMap((from) =>
      ends.filter((to) => to.host !== from.host && to.device === from.device && to.port === from.port).map((to) => ({ from, to })),
    )
    return together(
      pairs.slice(0, MOST_PAIRS).map(
        ({ from, to }): Examined =>
          reachable(scene, {
            from: `host/${from.host}`,
            to: `${to.address}:${to.port}/udp`,
            host: to.host,
            object: `${to.port}/udp`,
            what: `the tunnel from ${from.host} to ${to.host} (UDP ${to.port})`,
            cause: () => 'overlay.blocked',
          }),
      ),
    )
  },
}

interface End {
  readonly host: string
  readonly device: string
  readonly address: string
  readonly port: number
}

/** VXLAN devices that are an overlay's, with the address that their packets come from. */
const endsOf = (scene: CheckScene): readonly End[] =>
  capturedHosts(scene).flatMap(({ name, root }) =>
    [...root.links.values()].flatMap((link): readonly End[] => {
      if (!link.vxlan || !/^(?:flannel\.|vxlan\.calico|cilium_vxlan|vxlan\d*$)/.test(link.name)) return []
      const own =
        link.vxlan.local ?? root.addressesOf.get(link.vxlan.device ?? '')?.find(({ address }) => typeof address === 'number')?.address
      return typeof own === 'number' ? [{ host: name, device: link.name, address: formatAddress(own), port: link.vxlan.port }] : []
    }),
  )
