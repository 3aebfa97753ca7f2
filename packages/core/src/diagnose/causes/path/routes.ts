import type { Reason } from '../../../datapath/trace.ts'
import type { Change } from '../../../model/change/change.ts'
import { namespaceIn } from '../../../model/model.ts'
import { isUp, type Namespace } from '../../../model/namespace.ts'
import { familyOf, formatAddress } from '../../../net/address.ts'
import { contains } from '../../../net/prefix.ts'
import { isLoopback } from '../../../net/special.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Family, Suspect } from '../cause.ts'
import type { CauseId } from '../ids.ts'
import { accuse, faultOfStep, quoted } from '../suspect.ts'

/** What the routing of a packet that ended there says: each reason of a trace that is one of routing, with what would be otherwise. */
const REASONS: Readonly<Partial<Record<Reason, (scene: Scene, blame: Blame, at: Namespace) => Suspect | undefined>>> = {
  'no-route': noRoute,
  blackhole: refusedByRoute,
  unreachable: refusedByRoute,
  prohibit: refusedByRoute,
  'rp-filter': reversePath,
  'forwarding-off': forwardingOff,
  'invalid-source': loopback,
  martian: loopback,
  'ttl-exceeded': loops,
  loop: loops,
}

/** The causes that are a decision of routing: route.*, host.forwarding-off, nat.loopback. */
export const ROUTES: Family = {
  finds: [
    'route.missing-default',
    'route.missing',
    'route.blackhole',
    'route.rp-filter',
    'route.wrong',
    'host.forwarding-off',
    'nat.loopback',
    'nat.masquerade-missing',
  ],
  suspects: (scene) =>
    scene.blames.flatMap((blame) => {
      const namespace = namespaceIn(scene.model, blame.part.at)
      return blame.kind === 'stopped' && namespace ? (REASONS[blame.part.reason]?.(scene, blame, namespace) ?? []) : []
    }),
}

function suspect(cause: CauseId, blame: Blame, says: string, likelihood: number, without: readonly (Change | undefined)[] = []): Suspect {
  const { step } = blame
  const { host, netns } = blame.part.at
  const where = step ? faultOfStep(step) : { host, netns, object: says }
  return accuse(cause, blame, { where, because: [step ? quoted(says, step) : { text: says }], likelihood, without })
}

function noRoute(_: Scene, blame: Blame, at: Namespace): Suspect {
  const down = [...at.links.values()].filter(({ name }) => name !== 'lo')
  const [link] = down
  if (link && down.every((other) => !isUp(other))) {
    // fib_disable_ip(): a device that goes down takes its routes with it.
    const where = { host: at.host, netns: at.name, object: `device ${link.name} is down`, source: link.source }
    const because = [{ text: `${at.id} has no route, since ${link.name} is down`, source: link.source }]
    return accuse('host.interface-down', blame, { where, because, likelihood: 0.95 })
  }
  const { dst } = blame.part.packet
  const family = familyOf(dst)
  const spot = { host: at.host, netns: at.name }
  const routes = at.fib[family].routes.filter(({ type }) => type === 'unicast')
  const hasDefault = routes.some(({ destination }) => destination.length === 0)
  const uplink = routes.find(({ scope, nextHops }) => scope === 'link' && nextHops[0]?.device !== undefined)?.nextHops[0]?.device
  const device = uplink ?? [...at.links.values()].find(({ name }) => name !== 'lo')?.name
  const back =
    device === undefined
      ? undefined
      : ({ kind: 'route-added', at: spot, text: `${hasDefault ? formatAddress(dst) : 'default'} dev ${device}` } as const)
  if (!hasDefault) return suspect('route.missing-default', blame, `${at.id} has no default route`, 0.95, [back])
  return suspect('route.missing', blame, `${at.id} has no route to ${formatAddress(dst)}`, 0.9, [back])
}

function refusedByRoute(_: Scene, blame: Blame, at: Namespace): Suspect {
  const { dst } = blame.part.packet
  const { reason } = blame.part
  const shown = at.fib[familyOf(dst)].routes
    .filter(({ type, destination }) => type === reason && contains(destination, dst))
    .sort((a, b) => b.destination.length - a.destination.length)[0]
  const rule = at.fib[familyOf(dst)].rules.find(({ action }) => action.kind === reason)
  const without: Change | undefined = shown
    ? { kind: 'route-removed', route: { source: shown.source, text: shown.text } }
    : rule && { kind: 'routing-rule-removed', rule: { source: rule.source, text: rule.text } }
  return suspect('route.blackhole', blame, `a route or routing rule of type ${reason} takes it`, 0.9, [without])
}

function reversePath(_: Scene, blame: Blame, at: Namespace): Suspect {
  const { interface: device } = blame.part.at
  const spot = { host: at.host, netns: at.name }
  const off = ['all', device].map(
    (name): Change => ({ kind: 'sysctl', at: spot, name: `net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter`, value: '0' }),
  )
  return suspect('route.rp-filter', blame, `reverse-path filtering on ${device} drops it`, 0.95, off)
}

function forwardingOff(_: Scene, blame: Blame, at: Namespace): Suspect {
  const ip6 = familyOf(blame.part.packet.dst) === 'ip6'
  const names = ip6
    ? ['net.ipv6.conf.all.forwarding']
    : ['net.ipv4.ip_forward', ...[...at.links.keys(), 'all'].map((name) => `net.ipv4.conf.${name.replaceAll('.', '/')}.forwarding`)]
  const on = names.map((name): Change => ({ kind: 'sysctl', at: { host: at.host, netns: at.name }, name, value: '1' }))
  return suspect('host.forwarding-off', blame, `${at.id} does not forward packets`, 0.95, on)
}

function loopback(_: Scene, blame: Blame, at: Namespace): Suspect {
  const { packet, reason } = blame.part
  const asked = blame.outcome.sent
  const toItself = packet.src === packet.dst && asked !== undefined && asked.dst !== packet.dst
  if (toItself && at.owned.has(packet.src)) return unmasqueraded(blame)
  if (!isLoopback(packet.src) && !isLoopback(packet.dst) && !(asked && isLoopback(asked.dst)))
    return suspect('route.wrong', blame, `the kernel takes its addresses for impossible there (${reason})`, 0.5)
  const names = [...new Set(['all', ...at.links.keys()])]
  const on = names.map(
    (name): Change => ({
      kind: 'sysctl',
      at: { host: at.host, netns: at.name },
      name: `net.ipv4.conf.${name.replaceAll('.', '/')}.route_localnet`,
      value: '1',
    }),
  )
  return suspect(
    'nat.loopback',
    blame,
    'a packet of the loopback network is translated to leave the host, and route_localnet is off',
    0.95,
    on,
  )
}

/** Whoever asks for himself by a Service or a published port has to be answered by somebody else: the node masquerades it, or should. */
function unmasqueraded(blame: Blame): Suspect {
  const { src } = blame.part.packet
  const host = { host: blame.part.at.host, netns: '' }
  const address = formatAddress(src)
  const text = `-A POSTROUTING -s ${address} -d ${address} -j MASQUERADE`
  const at = { ...host, family: blame.part.packet.family, table: 'nat', chain: 'POSTROUTING' }
  const because = [
    ...(blame.step ? [quoted('it comes back to its sender with its own address as the source, which no kernel takes', blame.step)] : []),
    { text: `it was translated to ${address}, who sent it, and no rule in POSTROUTING gave it another source` },
  ]
  return accuse('nat.masquerade-missing', blame, {
    where: { ...host, object: `no rule in POSTROUTING masquerades what ${address} sends to itself` },
    because,
    likelihood: 0.93,
    without: [{ kind: 'rule-added', at, position: 1, text }],
  })
}

function loops(_: Scene, blame: Blame): Suspect {
  return suspect('route.wrong', blame, 'the packet goes in a circle', 0.8)
}
