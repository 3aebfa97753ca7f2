import type { Change } from '../../../model/change/change.ts'
import { namespaceIn } from '../../../model/model.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { contains, network } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Family, Suspect } from '../cause.ts'
import { accuse, faultOfStep, quoted } from '../suspect.ts'
import { translationsOf } from './translation.ts'
import { isTunnelled } from './tunnelled.ts'
import { unpluggedOf } from './unplugged.ts'

/** Causes that are a device's or a neighbour's: host.interface-down, host.neighbour, nat.hairpin, overlay.endpoint, nat.port-exhausted. */
export const DEVICES: Family = {
  finds: [
    'host.interface-down',
    'host.neighbour',
    'nat.hairpin',
    'overlay.endpoint',
    'overlay.duplicate-subnet',
    'nat.port-exhausted',
    'route.wrong',
  ],
  suspects: (scene) => [
    ...scene.doubts.flatMap((blame) => fixed(scene, blame)),
    ...scene.blames.flatMap((blame) => {
      const namespace = namespaceIn(scene.model, blame.part.at)
      if (blame.kind !== 'stopped' || !namespace) return []
      switch (blame.part.reason) {
        case 'hairpin-off':
          return [hairpin(blame, namespace)]
        case 'link-down':
          return [down(blame, namespace)]
        case 'no-neighbour':
          return [silent(scene, blame, namespace)]
        case 'not-for-us':
          return [neighbour(scene, blame, namespace, 'the frame is for another link address', 0.85)]
        case 'nat-failed':
          return [untranslatable(blame, namespace)]
        default:
          return []
      }
    }),
  ],
}

const faultOf = ({ step, part }: Blame, { host, name }: Namespace) =>
  step ? faultOfStep(step) : { host, netns: name, object: `device ${part.at.interface}` }
const becauseOf = ({ step }: Blame, says: string) => [step ? quoted(says, step) : { text: says }]

function hairpin(blame: Blame, at: Namespace): Suspect {
  const device = blame.part.at.interface
  const on: Change = { kind: 'link', at: { host: at.host, netns: at.name }, device, set: { hairpin: true } }
  return accuse('nat.hairpin', blame, {
    where: { ...faultOf(blame, at), object: `bridge port ${device}: hairpin mode is off` },
    because: becauseOf(blame, 'the backend asks for itself, and the bridge does not send a frame back where it came from'),
    likelihood: 0.96,
    without: [on],
  })
}

/** nf_nat_masquerade_ipv4(): without an address on the device that it leaves by, there is nothing to masquerade it with, and it is dropped. */
function untranslatable(blame: Blame, at: Namespace): Suspect {
  const { packet, at: end } = blame.part
  const device = end.interface
  const own = (at.addressesOf.get(device) ?? []).some(
    ({ family, scope }) => family === packet.family && scope !== 'link' && scope !== 'host',
  )
  if (own)
    return accuse('nat.port-exhausted', blame, {
      where: faultOf(blame, at),
      because: becauseOf(blame, 'the translation fails'),
      likelihood: 0.7,
    })
  return accuse('host.interface-down', blame, {
    where: { ...faultOf(blame, at), object: `device ${device} has no address` },
    because: becauseOf(blame, `${device} has no address that it could be masqueraded with`),
    likelihood: 0.93,
  })
}

function down(blame: Blame, at: Namespace): Suspect {
  const device = blame.part.at.interface
  const up: Change = { kind: 'link', at: { host: at.host, netns: at.name }, device, set: { up: true } }
  return accuse('host.interface-down', blame, {
    where: { ...faultOf(blame, at), object: `device ${device} is down` },
    because: becauseOf(blame, `${device} is down or has no carrier`),
    likelihood: 0.93,
    without: [up],
  })
}

/** Seen to fail, and whoever is next on the way is told by an entry that somebody wrote: who is not in the evidence may have another link address. */
function fixed(scene: Scene, blame: Blame): readonly Suspect[] {
  const last = blame.outcome.steps.findLast(({ route }) => route?.dev !== undefined)
  const at = last && namespaceIn(scene.model, last)
  const nextHop = last?.route?.via ?? formatAddress(blame.outcome.packet.dst)
  const entry = at?.neighbours.find(
    ({ device, address, state }) => device === last?.route?.dev && state === 'PERMANENT' && formatAddress(address) === nextHop,
  )
  if (!at || !entry || blame.outcome.verdict !== 'forwarded' || at.links.get(entry.device)?.type === 'vxlan') return []
  return [
    accuse('host.neighbour', blame, {
      where: { host: at.host, netns: at.name, object: `neighbour entry of ${nextHop} on ${entry.device}`, source: entry.source },
      because: [{ text: `${nextHop} is taken to be ${entry.mac ?? 'nobody'} by a permanent entry, whoever answers`, source: entry.source }],
      likelihood: 0.55,
    }),
  ]
}

/** Nobody answers ARP, or the tunnel does not know where to send it. */
function silent(scene: Scene, blame: Blame, at: Namespace): Suspect {
  const { steps, packet } = blame.part
  const last = blame.step ?? steps.at(-1)
  if (last && (last.kind === 'encap' || isTunnelled(blame.part, last))) return lostInOverlay(scene, blame, at)
  const [unplugged] = unpluggedOf(scene, blame)
  if (unplugged) return unplugged
  const twice = sameNetwork(scene, blame, at)
  if (twice) return twice
  const device = blame.part.at.interface
  const onBridge = at.addresses.some(
    (address) => address.device === device && contains(network(address.address, address.prefixLength), packet.dst),
  )
  // An address that a rule translated to, and that is not there, is the translation's fault: nat.stale-target says so.
  const likelihood = translationsOf(steps).length > 0 && !scene.model.owners.has(packet.dst) ? 0.4 : 0.75
  const said = onBridge ? `${formatAddress(packet.dst)} does not answer on ${device}` : `the next hop does not answer on ${device}`
  return neighbour(scene, blame, at, said, likelihood)
}

function neighbour(scene: Scene, blame: Blame, at: Namespace, says: string, likelihood: number): Suspect {
  return accuse('host.neighbour', blame, {
    where: faultOf(blame, at),
    because: becauseOf(blame, says),
    likelihood,
    without: mended(scene, blame, at),
  })
}

/** The neighbour entry that would be right, where the evidence tells who has the address. */
function mended({ model }: Scene, blame: Blame, at: Namespace): readonly (Change | undefined)[] {
  const wrong = model.namespaces
    .filter(({ host }) => host === at.host)
    .flatMap((namespace) => namespace.neighbours.map((entry) => ({ namespace, entry })))
    .filter(({ namespace, entry: { device, address, state, mac } }) => {
      if (state === 'FAILED' || state === 'INCOMPLETE') return namespace === at && device === blame.part.at.interface
      const owners = model.owners.get(address) ?? []
      const macs = owners.map((owner) => owner.namespace.links.get(owner.address.device)?.mac)
      return macs.length > 0 && macs.every((own) => own !== undefined && own !== mac)
    })
  return wrong.map(({ namespace, entry }) => ({
    kind: 'neighbour-removed',
    at: { host: namespace.host, netns: namespace.name },
    device: entry.device,
    address: formatAddress(entry.address),
  }))
}

/** Whoever has the address is on another host, and both hosts have its network for their own. */
function sameNetwork({ model }: Scene, blame: Blame, at: Namespace): Suspect | undefined {
  const { dst } = blame.part.packet
  const holder = (namespace: Namespace | undefined) =>
    namespace?.addresses.find(({ address, prefixLength }) => prefixLength < 32 && contains(network(address, prefixLength), dst))
  const owner = model.owners.get(dst)?.find(({ namespace }) => namespace.host !== at.host)?.namespace
  const [ours, theirs] = [holder(model.hosts.get(at.host)), holder(owner && model.hosts.get(owner.host))]
  if (!owner || !ours || !theirs || ours.device !== theirs.device || !model.hosts.get(at.host)?.portsOf.has(ours.device)) return undefined
  return accuse('overlay.duplicate-subnet', blame, {
    where: { host: at.host, object: `device ${ours.device} has the network of ${owner.host}`, source: ours.source },
    because: [
      { text: `${formatAddress(dst)} is on ${owner.host}, and ${at.host} has its network on ${ours.device} too`, source: ours.source },
      { text: `the network on ${owner.host}`, source: theirs.source },
    ],
    likelihood: 0.95,
  })
}

/** The tunnel device has no entry for the other end, or one that leads elsewhere; the evidence of the other end tells the right one. */
function lostInOverlay(scene: Scene, blame: Blame, at: Namespace): Suspect {
  const text = blame.step?.text ?? blame.part.steps.at(-1)?.text ?? ''
  // It was sent into the tunnel, and whom the tunnel sends it to is nowhere.
  const { dst } = blame.part.packet
  const stray = at.fdb.find(({ destination, device }) => destination === dst && at.links.get(device)?.type === 'vxlan')
  const device = stray?.device ?? blame.part.at.interface
  const spot = { host: at.host, netns: at.name }
  const mac = stray?.mac ?? /([0-9a-f]{2}(?::[0-9a-f]{2}){5})/.exec(text)?.[1]
  const peer = [...scene.model.hosts.values()].find(
    (host) => host !== at && [...host.links.values()].some((link) => link.mac === mac && link.type === 'vxlan'),
  )
  const local = peer && [...peer.links.values()].find((link) => link.mac === mac)?.vxlan?.local
  const entry: Change | undefined =
    mac !== undefined && local !== undefined ? { kind: 'fdb-set', at: spot, device, mac, destination: formatAddress(local) } : undefined
  return accuse('overlay.endpoint', blame, {
    where: { ...faultOf(blame, at), object: `tunnel device ${device}: forwarding entry of ${mac ?? 'the other end'}` },
    because: becauseOf(blame, 'the tunnel does not know where to send it'),
    likelihood: 0.94,
    without: [entry],
  })
}
