import type { Link } from '../../../facts/network.ts'
import { formatAddress } from '../../../net/address.ts'
import { isLinkLocal, isLoopback } from '../../../net/special.ts'
import { because, type Check, type Found, NOTHING } from '../check.ts'
import { type CheckScene, capturedHosts } from '../scene.ts'

/** Devices whose addresses many hosts share by design: bridges of engines, local DNS caches, IPVS. */
const SHARED =
  /^(?:lo|docker\d*|docker_gwbridge|br-.*|cni\d+|cbr0|virbr\d+|lxdbr\d+|podman\d*|nerdctl\d*|kube-ipvs0|nodelocaldns|kube-dummy-if|dummy\d*|kube-bridge|weave)$/

export const addressesUnique: Check = {
  id: 'addresses-unique',
  holds: 'no two hosts have the same address or link address',
  why: 'packets go now to the one, now to the other',
  evidence: ['hosts/HOST/ip-addr.json of two hosts or more'],
  causes: ['host.neighbour'],
  run(scene) {
    const hosts = capturedHosts(scene)
    if (hosts.length < 2) return NOTHING
    return { looked: hosts.length, findings: [...sameAddress(scene), ...sameLinkAddress(scene)], missing: [] }
  },
}

function* sameAddress(scene: CheckScene): Generator<Found> {
  for (const [address, owners] of scene.model.owners) {
    const own = owners.filter(
      ({ namespace, address: entry }) =>
        namespace.name === '' && !SHARED.test(entry.device) && namespace.links.get(entry.device)?.type !== 'bridge',
    )
    const [first, other] = own
    if (!first || !other || first.namespace === other.namespace || isLoopback(address) || isLinkLocal(address)) continue
    yield {
      severity: 'error',
      cause: 'host.neighbour',
      host: other.namespace.host,
      object: formatAddress(address),
      text: `${first.namespace.host} and ${other.namespace.host} both have ${formatAddress(address)}`,
      because: own.map(({ namespace, address: entry }) =>
        because(`${namespace.host}: ${formatAddress(address)} on ${entry.device}`, entry.source),
      ),
    }
  }
}

/** Overlay devices are addressed by it across hosts; bridges and pods are not. */
function* sameLinkAddress(scene: CheckScene): Generator<Found> {
  const seen = new Map<string, { readonly host: string; readonly link: Link }>()
  for (const { name: host, root } of capturedHosts(scene))
    for (const link of root.links.values()) {
      if (!link.mac || /^(?:00:){5}00$/.test(link.mac) || !isAcrossHosts(link)) continue
      const known = seen.get(link.mac.toLowerCase())
      if (!known) seen.set(link.mac.toLowerCase(), { host, link })
      else if (known.host !== host)
        yield {
          severity: 'error',
          cause: 'host.neighbour',
          host,
          object: link.name,
          text: `${known.link.name} of ${known.host} and ${link.name} of ${host} have the same link address ${link.mac}`,
          because: [
            because(`${known.host}: ${known.link.name} ${link.mac}`, known.link.source),
            because(`${host}: ${link.name} ${link.mac}`, link.source),
          ],
        }
    }
}

const isAcrossHosts = ({ name, type }: Link): boolean => type === 'vxlan' || /^(?:eth|en|flannel\.)/.test(name)
