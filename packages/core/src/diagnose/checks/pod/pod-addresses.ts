import { type Address, formatAddress } from '../../../net/address.ts'
import { contains, formatPrefix } from '../../../net/prefix.ts'
import { because, type Check, type Found, seen, together } from '../check.ts'

export const podAddresses: Check = {
  id: 'pod-addresses',
  holds: 'every pod’s address is in its node’s range, and its own',
  why: 'packets for it are sent to another node, or to another pod',
  evidence: ['cluster/pods.json', 'cluster/nodes.json'],
  causes: ['overlay.subnet-mismatch', 'overlay.duplicate-subnet'],
  runbook: 'overlay-forced-repair',
  run({ cluster }) {
    const nodes = new Map(cluster.nodes.map((node) => [node.name, node]))
    const byAddress = new Map<Address, string>()
    const pods = cluster.pods.filter(
      ({ hostNetwork, phase, addresses, partial }) =>
        !hostNetwork && !partial && phase !== 'Succeeded' && phase !== 'Failed' && addresses.length > 0,
    )
    return together(
      pods.map((pod) => {
        const findings: Found[] = []
        const object = `pod/${pod.namespace}/${pod.name}`
        const node = nodes.get(pod.node ?? '')
        for (const address of pod.addresses) {
          const other = byAddress.get(address)
          if (other !== undefined)
            findings.push({
              severity: 'error',
              cause: 'overlay.duplicate-subnet',
              host: pod.node,
              object,
              text: `${object} and ${other} both have ${formatAddress(address)}`,
              because: [because(`${object}: ${formatAddress(address)}`, pod.source)],
            })
          byAddress.set(address, object)
          const ranges = node?.podCidrs.filter((range) => typeof range.address === typeof address) ?? []
          // Calico, Cilium and others give addresses of pools of their own.
          const byNode = node?.annotations['flannel.alpha.coreos.com/kube-subnet-manager'] === 'true'
          if (byNode && ranges.length > 0 && !ranges.some((range) => contains(range, address)))
            findings.push({
              severity: 'error',
              cause: 'overlay.subnet-mismatch',
              host: pod.node,
              object,
              text: `${object} has ${formatAddress(address)}, and the range of Node ${pod.node} is ${ranges.map(formatPrefix).join(', ')}`,
              because: [
                because(`${object}: ${formatAddress(address)}`, pod.source),
                because(`Node ${pod.node}: ${ranges.map(formatPrefix).join(', ')}`, node?.source),
              ],
            })
        }
        return seen(...findings)
      }),
    )
  },
}
