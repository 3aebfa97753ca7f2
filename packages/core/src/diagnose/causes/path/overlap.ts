import type { Step } from '../../../datapath/trace.ts'
import type { Route } from '../../../facts/network.ts'
import { namespaceIn } from '../../../model/model.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { type Address, familyOf, formatAddress } from '../../../net/address.ts'
import { contains, formatPrefix } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'
import { accuse, quoted } from '../suspect.ts'

/** The packet leaves by one device while another has the network of its destination: two networks claim the same addresses. */
export const OVERLAP: Family = {
  finds: ['route.overlap', 'route.policy-rule', 'route.wrong'],
  suspects: (scene) =>
    [...scene.blames, ...scene.doubts].flatMap((blame) =>
      blame.kind === 'not-listening' ? [] : [...ofBlame(scene, blame), ...strayAnswer(scene, blame)],
    ),
}

function ofBlame(scene: Scene, blame: Blame): readonly Suspect[] {
  return blame.part.steps
    .filter(({ kind, route }) => kind === 'route' && route?.dev !== undefined)
    .flatMap((step, i, all) => {
      const namespace = namespaceIn(scene.model, step)
      if (!namespace) return []
      // What a reply is translated to is not told by a step: the last look-up was for where it ended.
      const looked = i === all.length - 1 ? [destinationAt(blame, step), blame.part.packet.dst] : [destinationAt(blame, step)]
      return rivals(namespace, step, looked, blame)
    })
}

/** The destination that was looked up: the packet's after all translations before the step. */
export function destinationAt({ part }: Blame, step: Step): Address {
  let dst = part.sent?.dst ?? part.packet.dst
  for (const other of part.steps) {
    if (other === step) break
    if (other.packet) dst = other.packet.dst
  }
  return dst
}

function rivals(namespace: Namespace, step: Step, looked: readonly Address[], blame: Blame): readonly Suspect[] {
  const taken = step.route?.dev
  if (step.route?.type !== 'unicast') return []
  const table = step.route.table ?? 'main'
  for (const dst of new Set(looked)) {
    if (namespace.owned.has(dst)) continue
    const routes = longestFirst(namespace.fib[familyOf(dst)].routes, dst)
    const used = routes.find((route) => route.table === table && isBy(route, taken))
    // Another device has the very network; or, where a rule chose another table, the main one knows a better way.
    const main = table === 'main' ? [] : routes.filter((route) => route.table === 'main')
    const rival =
      routes.find((route) => isConnected(route) && !isBy(route, taken)) ??
      main.find((route) => route.destination.length > 0 && !isBy(route, taken)) ??
      (isRefusedByRule(blame) ? undefined : main.find((route) => route.destination.length === 0 && used && !isSameWay(route, used)))
    if (used && rival) return accused(namespace, step, dst, { used, rival }, blame)
  }
  return []
}

/** On another way the packet would not meet the rule that refused it: that it passes there proves nothing. */
const isRefusedByRule = ({ kind, step }: Blame): boolean => kind === 'stopped' && step?.chain !== undefined

const isSameWay = (a: Route, b: Route): boolean =>
  a.nextHops.some(({ device, via }) => b.nextHops.some((hop) => hop.device === device && hop.via === via))

/** Seen to fail, and on the model the answer leaves by another device than the one that it was asked by: nobody is known to be there. */
function strayAnswer(scene: Scene, blame: Blame): readonly Suspect[] {
  const { reply } = blame.outcome
  const { iif } = blame.symptom.request
  const last = reply?.steps.findLast(({ kind, route }) => kind === 'route' && route?.dev !== undefined)
  if (blame.kind !== 'doubted' || iif === undefined || reply?.verdict !== 'forwarded' || last?.route?.dev === undefined) return []
  const at = scene.model.hosts.get(reply.at.host)
  const table = last.route.table ?? 'main'
  if (!at || reply.at.netns !== '' || (last.route.dev === iif && table === 'main') || blame.symptom.request.host !== at.host) return []
  const { dst, family } = reply.packet
  const used = longestFirst(at.fib[family].routes, dst).find((route) => route.table === table && isBy(route, last.route?.dev))
  const rival = longestFirst(at.fib[family].routes, dst).find((route) => route.table === 'main' && isBy(route, iif))
  return used && rival && !isSameWay(used, rival) ? accused(at, last, dst, { used, rival }, blame) : []
}

interface Claims {
  readonly used: Route
  readonly rival: Route
}

function accused(namespace: Namespace, step: Step, dst: Address, { used, rival }: Claims, blame: Blame): readonly Suspect[] {
  const { table } = used
  const place = { host: namespace.host, netns: namespace.name }
  const because: Because[] = [
    quoted(`${formatAddress(dst)} is sent by ${step.route?.dev}`, step),
    {
      text:
        rival.destination.length > 0
          ? `and ${rival.nextHops[0]?.device} has the network ${formatPrefix(rival.destination)}: ${rival.text}`
          : `and table main would send it by ${rival.nextHops[0]?.device}: ${rival.text}`,
      source: rival.source,
    },
  ]
  // That a packet goes another way than by the default route is what other tables are for: seen to fail, it is one of several ways to.
  const faint = blame.kind === 'doubted' && rival.destination.length === 0 ? 0.6 : 1
  const rule = namespace.fib[familyOf(dst)].rules.find(
    ({ action, priority }) => action.kind === 'lookup' && action.table === table && priority > 0 && priority < 32766,
  )
  const overlap = accuse('route.overlap', blame, {
    where: { ...place, object: `route ${used.text}${table === 'main' ? '' : ` (table ${table})`}`, source: used.source },
    because,
    likelihood: 0.93 * faint,
    without: [{ kind: 'route-removed', route: { source: used.source, text: used.text } }],
  })
  if (!rule || used.destination.length > 0) return [overlap]
  // A default route of another table takes everything: it is the rule that chose the table for this packet.
  return [
    accuse('route.policy-rule', blame, {
      where: { ...place, object: `routing rule ${rule.text}`, source: rule.source },
      because: [{ text: `the routing rule chooses table ${table} for it: ${rule.text}`, source: rule.source }, ...because],
      likelihood: 0.94 * faint,
      without: [{ kind: 'routing-rule-removed', rule: { source: rule.source, text: rule.text } }],
    }),
  ]
}

const longestFirst = (routes: readonly Route[], dst: Address): readonly Route[] =>
  routes
    .filter(({ destination, type }) => type === 'unicast' && contains(destination, dst))
    .sort((a, b) => b.destination.length - a.destination.length)

const isBy = ({ nextHops }: Route, device: string | undefined): boolean => nextHops.some((hop) => hop.device === device)
/** The network of an address of the device: as the kernel adds it, or to a bridge or veth without a gateway. */
const isConnected = ({ type, nextHops, destination, protocol, scope }: Route): boolean =>
  type === 'unicast' &&
  destination.length > 0 &&
  nextHops.length > 0 &&
  nextHops.every(({ via }) => via === undefined) &&
  (protocol === 'kernel' || scope === 'link')
