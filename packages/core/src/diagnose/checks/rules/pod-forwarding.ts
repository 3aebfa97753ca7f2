import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { type Check, type Examined, together } from '../check.ts'
import { type CheckScene, capturedHosts } from '../scene.ts'
import { reachable } from './reachable.ts'

/** A place that no captured host is (RFC 5737). */
const OUTSIDE = '198.51.100.9:443/tcp'
const MOST_PAIRS = 200
/** Chains of policy engines: what they stop may be meant so, and `culprit policy` tells. */
const MEANT = /^(?:cali-|KUBE-(?:POD-FW|NWPLCY|ROUTER)|WEAVE-NPC|CILIUM_|DOCKER-USER)/

export const podForwarding: Check = {
  id: 'pod-forwarding',
  holds: 'packets of pods pass the FORWARD path, to pods of other nodes and to the outside',
  why: 'pods reach nobody, while the host itself is fine: Docker or a firewall set the policy of FORWARD to DROP and knows nothing of the pods',
  evidence: ['hosts/HOST/iptables-save.txt', 'hosts/HOST/netns/POD/ip-addr.json'],
  causes: ['filter.forward-policy', 'filter.forward-rule'],
  run(scene) {
    const pods = podsOf(scene)
    const pairs = pods.flatMap((from) =>
      [...pods.filter((to) => to.host !== from.host).map((to) => `${to.address}:80/tcp`), ...(from.leaves ? [OUTSIDE] : [])].map((to) => ({
        from,
        to,
      })),
    )
    return together(pairs.slice(0, MOST_PAIRS).map(({ from, to }) => asked(scene, from, to)))
  },
}

interface PodPlace {
  readonly host: string
  readonly place: string
  readonly address: string
  /** Its host has a default route. */
  readonly leaves: boolean
}

function asked(scene: CheckScene, from: PodPlace, to: string): Examined {
  const examined = reachable(scene, {
    from: from.place,
    to,
    host: from.host,
    object: 'FORWARD',
    what: `a packet of ${from.place} (${from.address}) to ${to === OUTSIDE ? 'the outside' : to}`,
    cause: ({ kind }) => (kind === 'policy' ? 'filter.forward-policy' : 'filter.forward-rule'),
  })
  // Where it ends in another place than the FORWARD path, other checks tell of it.
  return {
    ...examined,
    findings: examined.findings.filter(
      ({ text }) =>
        / by (?:filter|mangle) (?:FORWARD|DOCKER|ufw|FWD|KUBE-FORWARD|FLANNEL)/.test(text) &&
        !MEANT.test(/ by \S+ (\S+):/.exec(text)?.[1] ?? ''),
    ),
  }
}

/** One captured namespace for each bridge of pods. */
function podsOf(scene: CheckScene): readonly PodPlace[] {
  return capturedHosts(scene).flatMap(({ name, root }) => {
    const leaves = root.fib.ip.routes.some(({ destination, type }) => destination.length === 0 && type === 'unicast')
    const seen = new Set<string>()
    return scene.model.namespaces.flatMap((namespace): readonly PodPlace[] => {
      if (namespace.host !== name || namespace.name === '') return []
      const bridge = bridgeOf(scene, namespace)
      const own = namespace.addresses.find(({ address, device }) => typeof address === 'number' && device !== 'lo')
      if (bridge === undefined || seen.has(bridge) || !own || !/^(?:cni\d+|cbr0|kube-bridge)$/.test(bridge)) return []
      seen.add(bridge)
      return [{ host: name, place: `netns/${name}/${namespace.name}`, address: formatAddress(own.address), leaves }]
    })
  })
}

/** The bridge that the other end of the namespace's veth is a port of. */
function bridgeOf(scene: CheckScene, namespace: Namespace): string | undefined {
  for (const device of namespace.links.keys()) {
    const peer = scene.model.peers.get(`${namespace.id}\0${device}`)
    if (peer?.namespace.name === '' && peer.link.master !== undefined) return peer.link.master
  }
  return undefined
}
