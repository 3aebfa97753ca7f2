import type { Link } from '../../../facts/network.ts'
import { isUp, type Namespace } from '../../../model/namespace.ts'
import { because, type Check, type Found, missing, seen, together } from '../check.ts'
import { capturedHosts, contentsOf, type HostView } from '../scene.ts'

export const linksUp: Check = {
  id: 'links-up',
  holds: 'the devices that routes and container networks need are there and up',
  why: 'whatever goes by the device is lost',
  evidence: ['hosts/HOST/ip-link.json', 'hosts/HOST/docker/network.json'],
  causes: ['host.interface-down'],
  run: (scene) =>
    together(
      capturedHosts(scene).map((host) => {
        const { root, folder } = host
        if (!root.evidence.has('ip-link') && root.links.size === 0) return missing(`${folder}/ip-link.json`)
        return seen(...downButNeeded(host.name, root), ...bridgesGone(host, root))
      }),
    ),
}

/** An overlay device, a bridge with ports, or a bond that was set down. */
function downButNeeded(host: string, root: Namespace): readonly Found[] {
  const needed = (link: Link): boolean =>
    link.type === 'vxlan' ||
    /^(?:flannel\.|vxlan\.calico|tunl0|wireguard\.cali)/.test(link.name) ||
    (root.portsOf.get(link.name)?.length ?? 0) > 0
  return [...root.links.values()]
    .filter((link) => link.flags.length > 0 && !isUp(link) && needed(link) && !(link.name === 'tunl0' && !root.addressesOf.has('tunl0')))
    .map((link) => ({
      severity: 'error',
      cause: 'host.interface-down',
      host,
      object: link.name,
      text: `${link.name} is down`,
      because: [because(`${link.name}: ${link.flags.join(',')}`, link.source)],
    }))
}

/** Docker makes a network's bridge when it is made; without it containers of that network reach nobody. */
function bridgesGone(host: HostView, root: Namespace): readonly Found[] {
  if (!root.evidence.has('ip-link') && !root.evidence.has('ip-addr')) return []
  return contentsOf(host.documents, 'docker-network').flatMap(({ content }) =>
    content.objects.flatMap(({ bridge, name, source }): readonly Found[] =>
      bridge === undefined || root.links.has(bridge) || root.links.size < 2
        ? []
        : [
            {
              severity: 'error',
              cause: 'host.interface-down',
              host: host.name,
              object: bridge,
              text: `Docker’s network ${name} has the bridge ${bridge}, which is not there`,
              because: [because(`network ${name}`, source)],
              runbook: 'restart-runtime-and-kubelet',
            },
          ],
    ),
  )
}
