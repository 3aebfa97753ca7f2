import { contains, formatPrefix } from '../../../net/prefix.ts'
import { because, type Check, type Examined, type Found, seen, together } from '../check.ts'
import { capturedHosts, contentsOf, type HostView } from '../scene.ts'
import { flannelHosts, leaseSays } from './flannel.ts'

export const flannelLease: Check = {
  id: 'flannel-lease',
  holds: 'a node that is configured for flannel has a lease, and it is part of the cluster’s range',
  why: 'without a lease no pod of the node gets a network',
  evidence: ['hosts/HOST/files/run/flannel/subnet.env', 'hosts/HOST/files/etc/cni/net.d/', 'cluster/nodes.json'],
  causes: ['overlay.lease', 'overlay.subnet-mismatch'],
  runbook: 'overlay-light-repair',
  run(scene) {
    const leased = flannelHosts(scene).flatMap(({ host, lease }): readonly Examined[] => {
      if (!lease?.subnet) return []
      const { network, subnet } = lease
      const outside: Found | undefined =
        network && !contains(network, subnet.address)
          ? {
              severity: 'error',
              cause: 'overlay.subnet-mismatch',
              host: host.name,
              object: 'subnet.env',
              text: `the lease ${formatPrefix(subnet)} is not part of the network ${formatPrefix(network)}`,
              because: [leaseSays(lease), leaseSays(lease, 'FLANNEL_NETWORK')],
            }
          : undefined
      return [seen(outside)]
    })
    const known = new Set(flannelHosts(scene).flatMap(({ host, lease }) => (lease ? [host.name] : [])))
    const unleased = capturedHosts(scene).flatMap((host): readonly Examined[] => {
      const config = known.has(host.name) ? undefined : configured(host)
      // The file lies outside of a bundle that took no files of the host.
      return config && host.documents.some(({ file }) => file.includes('/files/run/') || file.includes('/files/var/run/'))
        ? [seen(config)]
        : []
    })
    return together([
      ...leased,
      ...unleased,
      ...withoutRange(
        scene.cluster.nodes.filter(
          (node) =>
            node.annotations['flannel.alpha.coreos.com/kube-subnet-manager'] === 'true' && node.podCidrs.length === 0 && !node.partial,
        ),
      ),
    ])
  },
}

function configured(host: HostView): Found | undefined {
  for (const { content } of contentsOf(host.documents, 'cni-config'))
    for (const { plugins, name, source } of content.configs)
      if (plugins.some(({ type }) => type === 'flannel'))
        return {
          severity: 'error',
          cause: 'overlay.lease',
          host: host.name,
          object: '/run/flannel/subnet.env',
          text: `the network ${name} is flannel’s, and flannel has written no subnet.env on ${host.name}`,
          because: [because(`network configuration ${name} with the plugin flannel`, source)],
        }
  return undefined
}

const withoutRange = (
  nodes: readonly { readonly name: string; readonly source: { readonly file: string; readonly line: number } }[],
): readonly Examined[] =>
  nodes.map((node) =>
    seen({
      severity: 'error',
      cause: 'overlay.lease',
      host: node.name,
      object: `Node ${node.name}`,
      text: `Node ${node.name} has no podCIDR, so flannel has no range for it`,
      because: [because(`Node ${node.name} without spec.podCIDR`, node.source)],
      runbook: '',
    }),
  )
