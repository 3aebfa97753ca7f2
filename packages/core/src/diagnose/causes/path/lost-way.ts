import type { Change } from '../../../model/change/change.ts'
import { namespaceIn } from '../../../model/model.ts'
import { isUp, type Namespace } from '../../../model/namespace.ts'
import { type Address, formatAddress } from '../../../net/address.ts'
import { contains } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'
import { accuse, quoted } from '../suspect.ts'
import { isTunnelled } from './tunnelled.ts'

/** The packet left for somewhere that its target is not: the evidence tells who has the address, and that this way does not lead there. */
export const LOST_WAY: Family = {
  finds: ['route.missing', 'route.wrong', 'overlay.endpoint', 'host.interface-down'],
  suspects: (scene) => scene.blames.flatMap((blame) => ofBlame(scene, blame) ?? []),
}

/** An overlay device of these kinds carries pods' packets from host to host. */
const OVERLAYS = new Set(['vxlan', 'ipip', 'gre', 'wireguard', 'geneve'])

function ofBlame(scene: Scene, blame: Blame): Suspect | undefined {
  const part = blame.direction === 'back' ? blame.part : blame.outcome
  const owner = scene.model.owners.get(part.packet.dst)?.[0]?.namespace
  if (!owner || (blame.kind !== 'no-answer' && !(blame.kind === 'wrong-answer' && part.verdict === 'forwarded'))) return undefined
  const at = namespaceIn(scene.model, part.at)
  if (!at || at.host === owner.host) return undefined
  const told: Because = {
    text: `${formatAddress(part.packet.dst)} belongs to ${owner.id}, and what leaves by ${part.at.interface} of ${at.id} does not get there`,
    source: part.steps.at(-1)?.evidence,
  }
  const last = part.steps.findLast(({ kind }) => kind === 'encap')
  if (last && isTunnelled(part, part.steps.at(-1) ?? last)) {
    return accuse('overlay.endpoint', blame, {
      where: { host: at.host, object: `tunnel device ${last.text.split(' ')[1]?.replace(/:$/, '') ?? ''}`, source: last.evidence },
      because: [quoted('the tunnel sends it to an address that is not the other end', last), told],
      likelihood: 0.93,
    })
  }
  return downOverlay(blame, at, told) ?? byRoute(scene, blame, at, owner, told)
}

function downOverlay(blame: Blame, at: Namespace, told: Because): Suspect | undefined {
  const link = [...at.links.values()].find(({ type, ...one }) => OVERLAYS.has(type ?? '') && !isUp({ type, ...one }))
  if (!link) return undefined
  return accuse('host.interface-down', blame, {
    where: { host: at.host, netns: at.name, object: `device ${link.name} is down`, source: link.source },
    because: [{ text: `${link.name}, which carries traffic to other hosts, is down; its routes went with it`, source: link.source }, told],
    likelihood: 0.94,
  })
}

function byRoute({ model }: Scene, blame: Blame, at: Namespace, owner: Namespace, told: Because): Suspect {
  const part = blame.direction === 'back' ? blame.part : blame.outcome
  const { dst, family } = part.packet
  const used = part.steps.findLast(
    ({ kind, host, netns, route }) => kind === 'route' && host === at.host && netns === at.name && route?.dev !== undefined,
  )
  const isDefault = /^(default|0\.0\.0\.0\/0|::\/0)\b/.test(used?.text ?? 'default')
  const route = at.fib[family].routes.find(({ text }) => text === used?.text)
  const way = wayTo(at, model.hosts.get(owner.host), dst)
  const without: (Change | undefined)[] = [
    isDefault || !route ? undefined : { kind: 'route-removed', route: { source: route.source, text: route.text } },
    way === undefined ? undefined : { kind: 'route-added', at: { host: at.host, netns: at.name }, text: way },
  ]
  const where = { host: at.host, netns: at.name, source: used?.evidence }
  if (isDefault)
    return accuse('route.missing', blame, {
      where: { ...where, object: `no route to ${formatAddress(dst)}` },
      because: [...(used ? [quoted('only the default route takes it', used)] : []), told],
      likelihood: 0.9,
      without,
    })
  return accuse('route.wrong', blame, {
    where: { ...where, object: `route ${used?.text ?? ''}` },
    because: [...(used ? [quoted('the route sends it the wrong way', used)] : []), told],
    likelihood: 0.85,
    without,
  })
}

/** A route that would lead there: by the overlay device that both hosts have, else by the network that they share. */
function wayTo(at: Namespace, owner: Namespace | undefined, dst: Address): string | undefined {
  if (!owner) return undefined
  const target = formatAddress(dst)
  for (const link of at.links.values()) {
    if (!OVERLAYS.has(link.type ?? '') || !isUp(link)) continue
    const [theirs] = owner.addressesOf.get(link.name) ?? []
    if (theirs) return `${target} via ${formatAddress(theirs.address)} dev ${link.name} onlink`
  }
  for (const route of at.fib.ip.routes) {
    const device = route.nextHops[0]?.device
    if (route.scope !== 'link' || device === undefined) continue
    const shared = owner.addresses.find(({ address }) => contains(route.destination, address))
    if (shared) return `${target} via ${formatAddress(shared.address)} dev ${device}`
  }
  return undefined
}
