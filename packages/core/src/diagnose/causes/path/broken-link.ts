import type { Change, Spot } from '../../../model/change/change.ts'
import { portKey } from '../../../model/model.ts'
import { isUp, type Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { contains, network } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Because, Fault, Suspect } from '../cause.ts'
import { accuse, quoted } from '../suspect.ts'

/** Whoever has the address is in the evidence, and the link to him is down, or not plugged into the bridge that leads to him. */
export function brokenLink({ model }: Scene, blame: Blame, at: Namespace): Suspect | undefined {
  const { packet } = blame.part
  const owner = model.owners.get(packet.dst)?.find(({ namespace }) => namespace.host === at.host && namespace !== at)
  const theirs = owner?.namespace.links.get(owner.address.device)
  const ours = owner && model.peers.get(portKey(owner.namespace, owner.address.device))
  if (!owner || !theirs || !ours || ours.namespace.host !== at.host) return undefined
  const nobody: Because = blame.step ? quoted('so nobody answers', blame.step) : { text: 'so nobody answers' }
  const told = (where: Fault, text: string, without: Change[]): Suspect =>
    accuse('host.interface-down', blame, { where, because: [{ text, source: where.source }, nobody], likelihood: 0.95, without })
  const [here, there] = [ours.namespace, owner.namespace].map(({ host, name }) => ({ host, netns: name })) as [Spot, Spot]
  const up = (spot: Spot, device: string): Change => ({ kind: 'link', at: spot, device, set: { up: true } })
  if (!isUp(theirs) || !isUp(ours.link)) {
    const [spot, link] = isUp(theirs) ? [here, ours.link] : [there, theirs]
    return told(
      { ...spot, object: `device ${link.name} is down`, source: link.source },
      `${link.name}, the link to ${formatAddress(packet.dst)}, is down`,
      [up(there, theirs.name), up(here, ours.link.name)],
    )
  }
  const bridge = bridgeOf(ours.namespace, packet.dst)
  if (ours.link.master !== undefined || bridge === undefined) return undefined
  return told(
    { ...here, object: `device ${ours.link.name} is no port of ${bridge}`, source: ours.link.source },
    `${ours.link.name}, the link to ${formatAddress(packet.dst)}, is not plugged into ${bridge}`,
    [{ kind: 'link', at: here, device: ours.link.name, set: { master: bridge } }],
  )
}

/** The bridge that has the network of an address. */
function bridgeOf({ addresses, links }: Namespace, dst: Blame['part']['packet']['dst']): string | undefined {
  return addresses.find(
    ({ device, address, prefixLength }) => links.get(device)?.type === 'bridge' && contains(network(address, prefixLength), dst),
  )?.device
}
