import type { InterfaceAddress, Link, Route } from '../facts/network.ts'
import type { Namespace } from '../model/namespace.ts'
import { normaliseTable } from '../model/tables.ts'
import { familyOf, formatAddress, parseAddress } from '../net/address.ts'
import { contains, network } from '../net/prefix.ts'
import { addressMeant, addressWords, fdbWords } from './inverses/devices.ts'
import { routesMeant, routeWords, routingRuleMeant, ruleWords } from './inverses/routes.ts'
import { ruleAt } from './inverses/rules.ts'
import type { Operation, RouteOperation, RuleOperation } from './operation.ts'
import { after } from './operations/ip.ts'
import { optionsOf, rulesOf } from './operations/iptables.ts'

/**
 * Takes an operation apart into those whose inverses put everything back. What the kernel takes away by itself with a link, with its going down
 * or with an address (routes, forwarding entries, neighbours, ports, secondary addresses) is taken away before, one by one, so that each comes back.
 */
export function expandOf(op: Operation, namespace: Namespace | undefined): readonly Operation[] {
  if (!namespace) return [op]
  switch (op.kind) {
    case 'link-delete':
      return namespace.links.has(op.device) ? [...contentsOf(namespace, op.device), op] : [op]
    case 'link-set':
      return [...lostBy(op.settings, namespace, op.device), op]
    case 'address':
      return op.action === 'delete' ? addressGone(op, namespace) : [op]
    case 'route':
      return [wholeRoute(op, namespace)]
    case 'routing-rule':
      return [wholeRule(op, namespace)]
    case 'rule':
      return [wholeDeletion(op, namespace)]
    default:
      return [op]
  }
}

/** A route that goes is named whole, so that it is this one and no other; one that comes is told its device, as fib_check_nh() would find it. */
function wholeRoute(op: RouteOperation, namespace: Namespace): Operation {
  if (op.action === 'delete') {
    const [route] = routesMeant(op, namespace)
    return route ? { ...op, words: routeWords(route) } : op
  }
  const via = parseAddress(after(op.words, 'via') ?? '')
  if (via === undefined || op.words.includes('dev') || op.words.includes('nexthop')) return op
  const towards = namespace.fib[op.family].routes
    .filter((route) => route.type === 'unicast' && contains(route.destination, via) && route.nextHops[0]?.via === undefined)
    .sort((a, b) => b.destination.length - a.destination.length)[0]?.nextHops[0]?.device
  return towards === undefined ? op : { ...op, words: [...op.words, 'dev', towards] }
}

/** The kernel gives a rule without preference the one before the first that is not 0 (fib_default_rule_pref). */
function wholeRule(op: Extract<Operation, { readonly kind: 'routing-rule' }>, namespace: Namespace): Operation {
  if (op.action === 'delete') {
    const rule = routingRuleMeant(op, namespace)
    return rule ? { ...op, words: ruleWords(rule) } : op
  }
  if (op.words.some((word) => ['pref', 'priority', 'preference', 'order'].includes(word))) return op
  const priorities = namespace.fib[op.family].rules.map(({ priority }) => priority).filter((priority) => priority > 0)
  return { ...op, words: ['pref', String(Math.min(32766, ...priorities) - 1), ...op.words] }
}

/** A rule is deleted by what it says, so that no other goes should the chain have changed meanwhile; by its number only where several say the same. */
function wholeDeletion(op: RuleOperation, namespace: Namespace): Operation {
  const rules = rulesOf(namespace.iptables, op)
  const found = op.action === 'delete' ? ruleAt(rules, op) : undefined
  if (!found) return op
  const rule = optionsOf(found.rule.text)
  const first = ruleAt(rules, { ...op, position: undefined, rule })
  return { ...op, position: first?.position === found.position ? undefined : found.position, rule }
}

/**
 * Everything on a device, in the order in which it can be taken away: the inverses make it again in the other order. Ports leave a bridge the last
 * first, so that they come back with the numbers they had.
 */
function contentsOf(namespace: Namespace, device: string): readonly Operation[] {
  const link = namespace.links.get(device)
  const up = link?.flags.includes('UP') ?? false
  return [
    ...routesOver(namespace, device, () => true),
    ...neighboursOf(namespace, device),
    ...namespace.fdb
      .filter((one) => one.device === device && one.flags.includes('permanent') && one.destination !== undefined)
      .map((one): Operation => ({ kind: 'fdb', action: 'delete', device, mac: one.mac.toLowerCase(), words: fdbWords(one) })),
    ...[...(namespace.portsOf.get(device) ?? [])]
      .reverse()
      .flatMap((port): readonly Operation[] => [
        ...settingsOf(port).map((settings): Operation => ({ kind: 'bridge-port', device: port.name, settings })),
        { kind: 'link-set', device: port.name, settings: ['nomaster'] },
      ]),
    ...addressesOf(namespace, device, () => true),
    ...(link?.master === undefined
      ? []
      : [
          ...settingsOf(link).map((settings): Operation => ({ kind: 'bridge-port', device, settings })),
          { kind: 'link-set', device, settings: ['nomaster'] } satisfies Operation,
        ]),
    ...(up ? [{ kind: 'link-set', device, settings: ['down'] } satisfies Operation] : []),
  ]
}

/** What goes with a setting: neigh_ifdown() and addrconf_ifdown() forget neighbours and IPv6 addresses, and a port that leaves a bridge its settings. */
function lostBy(settings: readonly string[], namespace: Namespace, device: string): readonly Operation[] {
  const link = namespace.links.get(device)
  const down = settings.includes('down') && (link?.flags.includes('UP') ?? false)
  const leaves = (settings.includes('nomaster') || settings.includes('master')) && link?.master !== undefined
  return [
    ...(down
      ? [
          ...routesOver(namespace, device, () => true),
          ...neighboursOf(namespace, device),
          ...addressesOf(namespace, device, ({ family }) => family === 'ip6'),
        ]
      : []),
    ...(leaves && link ? settingsOf(link).map((each): Operation => ({ kind: 'bridge-port', device, settings: each })) : []),
  ]
}

const neighboursOf = (namespace: Namespace, device: string): readonly Operation[] =>
  namespace.neighbours
    .filter((one) => one.device === device && one.state === 'PERMANENT' && one.mac !== undefined && !one.proxy)
    .map((one): Operation => ({ kind: 'neighbour', action: 'delete', device, address: formatAddress(one.address), words: [] }))

/** The last first, so that they come back in their order. */
const addressesOf = (namespace: Namespace, device: string, wanted: (address: InterfaceAddress) => boolean): readonly Operation[] =>
  [...(namespace.addressesOf.get(device) ?? [])]
    .filter((one) => !isAutomatic(one) && wanted(one))
    .reverse()
    .map(
      (one): Operation => ({
        kind: 'address',
        action: 'delete',
        device,
        words: addressWords(one).slice(0, one.peer === undefined ? 1 : 3),
      }),
    )

/** Port settings that differ from a new port's, set to what a new port has. */
function settingsOf({ port }: Link): readonly (readonly string[])[] {
  if (!port) return []
  return [
    ...(port.hairpin ? [['hairpin', 'off']] : []),
    ...(port.isolated ? [['isolated', 'off']] : []),
    ...(port.flood ? [] : [['flood', 'on']]),
    ...(port.learning ? [] : [['learning', 'on']]),
  ]
}

/** The link-local address that the kernel makes when an interface comes up. */
const isAutomatic = ({ family, scope }: InterfaceAddress): boolean => family === 'ip6' && scope === 'link'

/** Routes that the kernel makes by itself, from addresses and for multicast, come back by themselves. */
const isOwn = (route: Route): boolean =>
  route.protocol === 'kernel' || normaliseTable(route.table) === 'local' || route.type === 'multicast' || route.source.line === 0

function routesOver(namespace: Namespace, device: string, wanted: (route: Route) => boolean): readonly Operation[] {
  const routes = [...namespace.fib.ip.routes, ...namespace.fib.ip6.routes].filter(
    (route) => route.nextHops.some((hop) => hop.device === device) && !isOwn(route) && wanted(route),
  )
  // a route with a gateway goes before the one that the gateway is reached by
  const ordered = [...routes].sort(
    (a, b) => Number(b.nextHops.some((hop) => hop.via !== undefined)) - Number(a.nextHops.some((hop) => hop.via !== undefined)),
  )
  return ordered.map((route): Operation => ({ kind: 'route', action: 'delete', family: route.family, words: routeWords(route) }))
}

/**
 * inet_del_ifa(): with the address go the routes that prefer it as source; with the last one all IPv4 routes of the device; with a primary address
 * its secondaries, unless promote_secondaries is set. Routes whose gateway only this address makes reachable would be refused on their way back.
 */
function addressGone(op: Extract<Operation, { readonly kind: 'address' }>, namespace: Namespace): readonly Operation[] {
  const address = addressMeant(op, namespace)
  if (!address) return [op]
  const own = namespace.addressesOf.get(op.device) ?? []
  const left = own.filter((one) => one !== address && one.family === address.family)
  const secondaries = address.secondary
    ? []
    : left.filter(
        (one) =>
          one.secondary && one.prefixLength === address.prefixLength && contains(network(one.address, one.prefixLength), address.address),
      )
  const stay = left.filter((one) => !secondaries.includes(one))
  const last = address.family === 'ip' && stay.length === 0
  const routes = routesOver(
    namespace,
    op.device,
    (route) => route.family === address.family && (route.preferredSource === address.address || last || onlyThrough(route, address, stay)),
  )
  const asOperation = (one: InterfaceAddress, action: 'add' | 'delete'): Operation => ({
    kind: 'address',
    action,
    device: op.device,
    words: action === 'add' ? addressWords(one) : addressWords(one).slice(0, 1),
  })
  return [
    ...routes,
    // inetdev_destroy() and arp_ifdown(): with the last address go the neighbours
    ...(last ? neighboursOf(namespace, op.device).filter((one) => one.kind === 'neighbour' && !one.address.includes(':')) : []),
    ...[...secondaries].reverse().map((one) => asOperation(one, 'delete')),
    { ...op, words: addressWords(address).slice(0, address.peer === undefined ? 1 : 3) },
    ...secondaries.map((one) => asOperation(one, 'add')),
  ]
}

function onlyThrough(route: Route, address: InterfaceAddress, left: readonly InterfaceAddress[]): boolean {
  const reaches = (one: InterfaceAddress, via: InterfaceAddress['address']): boolean =>
    familyOf(via) === one.family && contains(network(one.address, one.prefixLength), via)
  return route.nextHops.some(
    (hop) =>
      hop.via !== undefined &&
      !hop.onlink &&
      reaches(address, hop.via) &&
      !left.some((one) => reaches(one, hop.via as typeof address.address)),
  )
}
