import type { Step } from '../../../datapath/trace.ts'
import type { Route } from '../../../facts/network.ts'
import type { Change } from '../../../model/change/change.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { type Address, familyOf, formatAddress } from '../../../net/address.ts'
import { contains, formatPrefix } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'
import { accuse, faultOfStep, quoted } from '../suspect.ts'

/** The packet leaves by one device while another has the network of its destination: two networks claim the same addresses. */
export const OVERLAP: Family = {
  finds: ['route.overlap', 'route.policy-rule', 'route.wrong'],
  suspects: (scene) => scene.blames.flatMap((blame) => (blame.kind === 'not-listening' ? [] : ofBlame(scene, blame))),
}

function ofBlame(scene: Scene, blame: Blame): readonly Suspect[] {
  return blame.part.steps
    .filter(({ kind, route }) => kind === 'route' && route?.dev !== undefined)
    .flatMap((step, i, all) => {
      const namespace = scene.model.byId.get(step.netns ? `${step.host}/${step.netns}` : step.host)
      const dst = destinationAt(blame, step)
      return namespace && dst !== undefined ? (i === all.length - 1 || all.length < 8 ? rivals(namespace, step, dst, blame) : []) : []
    })
}

/** The destination that was looked up: the packet's after all translations before the step. */
function destinationAt({ part }: Blame, step: Step): Address | undefined {
  let dst = part.sent?.dst ?? part.packet.dst
  for (const other of part.steps) {
    if (other === step) return dst
    if (other.packet) dst = other.packet.dst
  }
  return undefined
}

function rivals(namespace: Namespace, step: Step, dst: Address, blame: Blame): readonly Suspect[] {
  const taken = step.route?.dev
  if (namespace.owned.has(dst) || step.route?.type !== 'unicast') return []
  const { routes, rules } = namespace.fib[familyOf(dst)]
  const used = routes.find(
    (route) =>
      route.source.file === step.evidence?.file &&
      route.source.line === step.evidence?.line &&
      isBy(route, taken) &&
      contains(route.destination, dst),
  )
  const rival = routes.find((route) => isConnected(route) && !isBy(route, taken) && contains(route.destination, dst))
  if (!rival) return []
  // A more specific route to a part of a network that is behind another gateway is how routers are told; to a tunnel or VPN it is an overlap.
  const because: Because[] = [
    quoted(`${formatAddress(dst)} is sent by ${taken}`, step),
    { text: `and ${rival.nextHops[0]?.device} has the network ${formatPrefix(rival.destination)}: ${rival.text}`, source: rival.source },
  ]
  const table = used?.table ?? step.route?.table ?? 'main'
  const rule = rules.find(({ action, priority }) => action.kind === 'lookup' && action.table === table && priority > 0 && priority < 32766)
  const away: Change | undefined = used && { kind: 'route-removed', route: { source: used.source, text: used.text } }
  const ruleAway: Change | undefined = rule && { kind: 'routing-rule-removed', rule: { source: rule.source, text: rule.text } }
  const where = used
    ? {
        host: namespace.host,
        netns: namespace.name,
        object: `route ${used.text}${table === 'main' ? '' : ` (table ${table})`}`,
        source: used.source,
      }
    : faultOfStep(step)
  const overlap = accuse('route.overlap', blame, { where, because, likelihood: 0.93, without: [away] })
  if (!rule || used === undefined || used.destination.length > 0) return [overlap]
  // A default route of another table takes everything: it is the rule that chose the table for this packet.
  return [
    accuse('route.policy-rule', blame, {
      where: { host: namespace.host, netns: namespace.name, object: `routing rule ${rule.text}`, source: rule.source },
      because: [{ text: `the routing rule chooses table ${table} for it: ${rule.text}`, source: rule.source }, ...because],
      likelihood: 0.94,
      without: [ruleAway],
    }),
  ]
}

const isBy = ({ nextHops }: Route, device: string | undefined): boolean => nextHops.some((hop) => hop.device === device)
/** The network of an address of the device: as the kernel adds it, or to a bridge or veth without a gateway. */
const isConnected = ({ type, nextHops, destination, protocol, scope }: Route): boolean =>
  type === 'unicast' &&
  destination.length > 0 &&
  nextHops.length > 0 &&
  nextHops.every(({ via }) => via === undefined) &&
  (protocol === 'kernel' || scope === 'link')
