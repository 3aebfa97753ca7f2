import type { Scene } from '../../scene.ts'
import { aimsOf } from '../aim.ts'
import type { Cause, Suspect } from '../cause.ts'

/** Devices that carry pods' packets to other nodes; an unused tunl0 is down in sound systems too. */
const OVERLAYS = /^(?:flannel[.-][\w.-]+|vxlan(?:-v6)?\.calico|cilium_vxlan|cilium_host|weave|vxlan-6784|wireguard\.cali|kube-bridge)$/

/** The overlay's device is down: its routes are gone with it. */
export const overlayDown: Cause = {
  id: 'host.interface-down',
  suspects: (scene) => {
    const explains = aimsOf(scene).flatMap(({ symptom }) => symptom.observation ?? [])
    return explains.length === 0 ? [] : suspects(scene, explains)
  },
}

const suspects = (scene: Scene, explains: readonly string[]): readonly Suspect[] =>
  [...scene.model.hosts.values()].flatMap((host) =>
    [...host.links.values()]
      .filter(({ name, state, flags }) => OVERLAYS.test(name) && (state === 'DOWN' || (flags.length > 0 && !flags.includes('UP'))))
      .map((link) => ({
        cause: 'host.interface-down' as const,
        where: { host: host.host, object: `device ${link.name}`, source: link.source },
        because: [
          { text: `${link.name} of ${host.host} is down: the routes to the pods of other nodes went with it`, source: link.source },
        ],
        against: [],
        likelihood: 0.9,
        without: [{ kind: 'link' as const, at: { host: host.host, netns: '' }, device: link.name, set: { up: true } }],
        explains,
      })),
  )
