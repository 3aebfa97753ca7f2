import { contains, formatPrefix } from '../../../net/prefix.ts'
import { because, type Check, type Found, missing, seen, together } from '../check.ts'
import { addressText, type FlannelHost, flannelHosts, holds, leaseSays, rangeOfAddress, same } from './flannel.ts'

/** The three agreements of a flannel node: bridge, overlay device and lease are of one range, and that is the node's. */
export const flannelSubnetAgrees: Check = {
  id: 'flannel-subnet-agrees',
  holds: 'cni0, flannel.1, subnet.env and the Node’s podCIDR name the same range',
  why: 'pods get addresses of a range that the other nodes do not send to this node, or get no network at all',
  evidence: ['hosts/HOST/ip-addr.json', 'hosts/HOST/files/run/flannel/subnet.env', 'cluster/nodes.json'],
  causes: ['overlay.subnet-mismatch'],
  runbook: 'overlay-light-repair',
  run: (scene) => together(flannelHosts(scene).map(examine)),
}

function examine(flannel: FlannelHost) {
  const { host, lease, bridgeAddresses, vtepAddresses, podCidr } = flannel
  const told = [lease?.subnet, bridgeAddresses[0], vtepAddresses[0], podCidr].filter((one) => one !== undefined)
  if (told.length < 2) return missing(`${host.folder}/ip-addr.json`, `${host.folder}/files/run/flannel/subnet.env`)
  return seen(...bridgeAgainstOthers(flannel), deviceAgainstOthers(flannel), leaseAgainstNode(flannel))
}

const found = (flannel: FlannelHost, object: string, text: string, reasons: Found['because'], forced: boolean): Found => ({
  severity: 'error',
  cause: 'overlay.subnet-mismatch',
  host: flannel.host.name,
  object,
  text,
  because: reasons,
  ...(forced && { runbook: 'overlay-forced-repair' }),
})

/** The bridge keeps the address that it was made with; a new lease does not change it. */
function bridgeAgainstOthers(flannel: FlannelHost): readonly (Found | undefined)[] {
  const { lease, bridgeAddresses, podCidr } = flannel
  return bridgeAddresses.map((address) => {
    const range = rangeOfAddress(address)
    const subnet = lease?.subnet ?? podCidr
    if (!subnet || same(range, subnet)) return undefined
    const other = lease?.subnet ? leaseSays(lease) : because(`podCIDR of the Node: ${formatPrefix(subnet)}`, flannel.host.node?.source)
    return found(
      flannel,
      address.device,
      `${address.device} has ${addressText(address)}, and the range of this node is ${formatPrefix(subnet)} (network range assignment mismatch)`,
      [holds(address), other],
      true,
    )
  })
}

function deviceAgainstOthers(flannel: FlannelHost): Found | undefined {
  const { lease, bridgeAddresses, vtepAddresses, podCidr } = flannel
  const subnet = lease?.subnet ?? (bridgeAddresses[0] && rangeOfAddress(bridgeAddresses[0])) ?? podCidr
  const [first] = vtepAddresses
  if (!subnet || !first || vtepAddresses.some(({ address }) => contains(subnet, address))) return undefined
  const reasons = [...vtepAddresses.map(holds), ...(lease ? [leaseSays(lease)] : bridgeAddresses.map(holds))]
  const text = `${first.device} has ${vtepAddresses.map(addressText).join(', ')}, which is not in ${formatPrefix(subnet)}, the range of this node (network range set mismatch)`
  return found(flannel, first.device, text, reasons, false)
}

function leaseAgainstNode(flannel: FlannelHost): Found | undefined {
  const { lease, podCidr, host } = flannel
  if (!lease?.subnet || !podCidr || same(lease.subnet, podCidr)) return undefined
  // With etcd as its store flannel gives ranges of its own, whatever the Node says.
  const byNode = host.node?.annotations['flannel.alpha.coreos.com/kube-subnet-manager'] === 'true'
  const text = `subnet.env says ${formatPrefix(lease.subnet)}, and the podCIDR of Node ${host.node?.name} is ${formatPrefix(podCidr)}`
  const reasons = [leaseSays(lease), because(`Node ${host.node?.name}: podCIDR ${formatPrefix(podCidr)}`, host.node?.source)]
  return { ...found(flannel, 'subnet.env', text, reasons, false), severity: byNode ? 'error' : 'warning' }
}
