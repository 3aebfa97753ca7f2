import { namespaceIn } from '../../../model/model.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Because, Family, Fault, Suspect } from '../cause.ts'
import { accuse, quoted } from '../suspect.ts'

const KINDS = new Set(['vxlan', 'ipip', 'geneve', 'gre'])
const NAMED = /^(flannel(\.\d+|-.*)?|cilium_(vxlan|geneve)|vxlan\.calico|tunl\d+|genev_sys.*)$/

/** A device that carries pods' packets to other nodes as they are; `ip addr` without -d does not tell its kind, its name does. */
export function isOverlay(at: Namespace, device: string): boolean {
  const type = at.links.get(device)?.type
  return (type !== undefined && KINDS.has(type)) || NAMED.test(device)
}

/** The packet left by the overlay for a node that is not in the evidence, and got no answer: it is lost on the way there, or there. */
export const BEYOND_OVERLAY: Family = {
  finds: ['overlay.blocked', 'overlay.endpoint', 'host.mtu'],
  suspects: (scene) => [...scene.blames, ...scene.doubts].flatMap((blame) => ofBlame(scene, blame)),
}

function ofBlame(scene: Scene, blame: Blame): readonly Suspect[] {
  const { outcome, symptom } = blame
  const { host, netns } = outcome.at
  const at = namespaceIn(scene.model, outcome.at)
  const device = at && overlayOf(at, blame)
  if (!at || device === undefined || scene.model.owners.has(outcome.packet.dst)) return []
  const last = outcome.steps.findLast(({ route }) => route?.dev === device)
  const left: Because[] = last ? [quoted(`it leaves by the overlay (${device}) for another node`, last)] : []
  const where: Fault = { host, netns, object: `the way of ${device} to the other node`, source: last?.evidence }
  if (symptom.result === 'stalls')
    return [
      accuse('host.mtu', blame, { where, because: [...left, { text: 'small packets pass it and large ones do not' }], likelihood: 0.8 }),
    ]
  const lost = entryMissing(at, device, last?.route?.via)
  if (lost)
    return [
      accuse('overlay.endpoint', blame, {
        where: { ...where, object: `tunnel device ${device}` },
        because: [...left, lost],
        likelihood: 0.85,
      }),
    ]
  return symptom.result === 'timeout' || symptom.result === undefined
    ? [
        accuse('overlay.blocked', blame, {
          where,
          because: [...left, { text: 'and nobody answers: what it is wrapped into may be refused on the way, or there' }],
          likelihood: 0.65,
        }),
      ]
    : []
}

/** Where it left by an overlay: as it is, or wrapped into a packet for a host that was not captured and is taken to answer. */
function overlayOf(at: Namespace, { kind, outcome }: Blame): string | undefined {
  if (kind === 'no-answer') return isOverlay(at, outcome.at.interface) ? outcome.at.interface : undefined
  if (kind !== 'doubted' || outcome.verdict !== 'forwarded' || !outcome.steps.some((step) => step.kind === 'encap')) return undefined
  return outcome.steps.findLast(({ route, host }) => host === at.host && route?.dev !== undefined && isOverlay(at, route.dev))?.route?.dev
}

/** The tunnel knows no link address for the next hop, or nowhere to send that to, while such entries were captured. */
function entryMissing(at: Namespace, device: string, via: string | undefined): Because | undefined {
  if (via === undefined || at.neighbours.length === 0) return undefined
  const entry = at.neighbours.find((one) => one.device === device && formatAddress(one.address) === via)
  const source = at.neighbours[0]?.source
  if (!entry?.mac) return { text: `${at.id} has no neighbour entry for ${via} on ${device}`, source: entry?.source ?? source }
  if (at.fdb.length === 0 || at.fdb.some((one) => one.device === device && one.mac === entry.mac && one.destination !== undefined))
    return undefined
  return { text: `no forwarding entry of ${device} tells where ${entry.mac} is, which is ${via}`, source: at.fdb[0]?.source }
}
