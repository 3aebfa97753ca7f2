import type { Matrix, SenderGroup, TargetGroup } from '../../datapath/matrix/matrix.ts'
import type { PlaceKind } from '../../datapath/matrix/place.ts'

type Group = SenderGroup | TargetGroup

const NOUNS: Readonly<Record<PlaceKind, readonly [one: string, many: string]>> = {
  host: ['host', 'hosts'],
  netns: ['namespace', 'namespaces'],
  pod: ['pod', 'pods'],
  container: ['container', 'containers'],
  service: ['Service', 'Services'],
  published: ['published port', 'published ports'],
  outside: ['outside', 'outside'],
  address: ['address', 'addresses'],
}

export const nounOf = (kind: PlaceKind): string => NOUNS[kind][0]
export const number = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')
export const counted = (count: number, kind: PlaceKind): string => `${number(count)} ${NOUNS[kind][count === 1 ? 0 : 1]}`

/** `a`, `a and b`, `a, b and c`, `a, b and 7 more`. */
export function listed(names: readonly string[], most = 3): string {
  if (names.length <= 1) return names[0] ?? ''
  if (names.length <= most) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  const shown = names.slice(0, most - 1)
  return `${shown.join(', ')} and ${number(names.length - shown.length)} more`
}

/** One group by itself: its only member's place, or what its members have in common. */
export function groupText(group: Group): string {
  const [first] = group.members
  if (group.members.length === 1) return memberText(group.kind, first.place, group.host)
  const own = group.host === undefined ? '' : ` of ${group.host}`
  return `${counted(group.members.length, group.kind)}${own} (${first.place}, …)`
}

const memberText = (kind: PlaceKind, place: string, host: string | undefined): string =>
  kind === 'outside' && host !== undefined ? `outside, coming in at ${host}` : place

/**
 * Some groups of one kind out of all of that kind, in few words: every pod, every pod of node7, every pod but those of node7, the pods themselves.
 */
export function groupsText(some: readonly Group[], all: readonly Group[]): string {
  const [first] = some
  if (!first) return 'nobody'
  const { kind } = first
  if (kind === 'outside') return outsideText(some, all)
  const members = some.flatMap((group) => group.members.map((member) => member.place))
  if (members.length === 1) return groupText(first)
  if (some.length === all.length) return `every ${nounOf(kind)}`
  const chosen = new Set(some)
  const hosts = hostsOf(some)
  const whole = all.every((group) => group.host === undefined || chosen.has(group) || !hosts.includes(group.host))
  if (!whole || hosts.length === 0 || some.some((group) => group.host === undefined) || kind === 'host')
    return members.length <= 3 ? listed(members) : `${counted(members.length, kind)} (${listed(members)})`
  const others = hostsOf(all).filter((host) => !hosts.includes(host))
  if (hosts.length > 3 && others.length <= 3) return `every ${nounOf(kind)} but those of ${listed(others)}`
  if (hosts.length > 3) return `every ${nounOf(kind)} of ${number(hosts.length)} hosts (${listed(hosts)})`
  return `every ${nounOf(kind)} of ${listed(hosts)}`
}

function outsideText(some: readonly Group[], all: readonly Group[]): string {
  const hosts = hostsOf(some)
  if (hosts.length === 0 || (some.length === all.length && all.length > 1)) return 'the outside'
  return `the outside, coming in at ${hosts.length > 3 ? `${number(hosts.length)} hosts (${listed(hosts)})` : listed(hosts)}`
}

const hostsOf = (groups: readonly Group[]): readonly string[] => [...new Set(groups.flatMap((group) => group.host ?? []))]

/** Groups by kind, in the order in which kinds first come. */
export function byKind<G extends Group>(groups: readonly G[]): ReadonlyMap<PlaceKind, readonly G[]> {
  const kinds = new Map<PlaceKind, G[]>()
  for (const group of groups) {
    const known = kinds.get(group.kind)
    if (known) known.push(group)
    else kinds.set(group.kind, [group])
  }
  return kinds
}

/** `200 hosts, 10,000 pods` */
export function sizeText(groups: readonly Group[]): string {
  const parts = [...byKind(groups)].map(([kind, some]) => {
    const count = some.reduce((sum, group) => sum + group.members.length, 0)
    return kind === 'outside' ? 'the outside' : counted(count, kind)
  })
  return listed(parts, 9)
}

export const sizes = (matrix: Matrix): string => `${sizeText(matrix.senders)} → ${sizeText(matrix.targets)}`
