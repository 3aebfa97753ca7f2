import { parsePlace } from '../../model/place.ts'
import { familyOf, formatAddress, parseAddress } from '../../net/address.ts'
import type { Places, Sender, Target } from './place.ts'

/** Names that none of the places has. */
export interface Selected {
  readonly places: Places
  readonly unknown: readonly string[]
}

/**
 * The places that `from` and `to` name: as INTERFACE.md writes them, with `*` for any part (`pod/default/*`), or an address. A name without a
 * port stands for all its ports; with a port that the evidence does not tell, it is asked for all the same. None named: all.
 */
export function selectPlaces(all: Places, from: readonly string[], to: readonly string[]): Selected {
  const senders = chosen(all.senders, from, (sender, name) => senderFits(sender, name), strangerFrom)
  const targets = chosen(
    all.targets,
    to,
    (target, name) =>
      fits(target.bare, name) || fits(target.place, name) || fits(target.place.replace(/\/\w+$/, ''), name) || isAddress(target, name),
    (name) => {
      const known = portOf(all.targets, name)
      return known?.length ? known : strangerTo(name)
    },
  )
  return { places: { senders: senders.found, targets: targets.found }, unknown: [...senders.unknown, ...targets.unknown] }
}

function chosen<T>(
  all: readonly T[],
  names: readonly string[],
  fit: (place: T, name: string) => boolean,
  make: (name: string) => readonly T[] | undefined,
): { readonly found: readonly T[]; readonly unknown: readonly string[] } {
  if (names.length === 0) return { found: all, unknown: [] }
  const found = new Set<T>()
  const unknown: string[] = []
  for (const name of names) {
    const matching = all.filter((place) => fit(place, name))
    const places = matching.length ? matching : make(name)
    if (!places?.length) unknown.push(name)
    for (const place of places ?? []) found.add(place)
  }
  return { found: [...found], unknown }
}

function fits(place: string, name: string): boolean {
  if (!name.includes('*')) return place === name
  return new RegExp(
    `^${name
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/]*')}$`,
  ).test(place)
}

const senderFits = (sender: Sender, name: string): boolean =>
  fits(sender.place, name) ||
  (sender.namespace?.includes('/') === true && fits(`netns/${sender.namespace}`, name)) ||
  sender.addresses.some((address) => formatAddress(address) === name && sender.kind !== 'outside')

const isAddress = (target: Target, name: string): boolean => target.port === undefined && formatAddress(target.address) === name

/** `host/node1:22`: a port of a known place that the evidence does not tell of. */
function portOf(all: readonly Target[], name: string): readonly Target[] | undefined {
  const match = /^(.*):(\d+)(?:\/(tcp|udp|sctp))?$/.exec(name)
  if (!match) return undefined
  const [, bare = '', port = '', protocol = 'tcp'] = match
  const seen = new Set<string>()
  return all.flatMap((target) => {
    const key = `${target.bare} ${formatAddress(target.address)}`
    const own = target.namespace?.includes('/') ? `netns/${target.namespace}` : target.bare
    if ((!fits(target.bare, bare) && !fits(own, bare)) || target.kind === 'published' || seen.has(key)) return []
    seen.add(key)
    return [{ ...target, place: `${target.bare}:${port}/${protocol}`, protocol: protocol as Target['protocol'], port: Number(port) }]
  })
}

function strangerFrom(name: string): readonly Sender[] | undefined {
  const address = parseAddress(name)
  return address === undefined ? undefined : [{ kind: 'address', place: name, host: undefined, namespace: undefined, addresses: [address] }]
}

function strangerTo(name: string): readonly Target[] | undefined {
  const parsed = parsePlace(name)
  if (parsed?.place.kind !== 'address' || typeof parsed.port === 'string') return undefined
  const { address } = parsed.place
  const protocol = parsed.protocol ?? (parsed.port === undefined ? 'icmp' : 'tcp')
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp' && protocol !== 'icmp') return undefined
  if ((protocol === 'icmp') !== (parsed.port === undefined)) return undefined
  const base = { kind: 'address', place: name, bare: formatAddress(address), host: undefined, namespace: undefined } as const
  return [{ ...base, family: familyOf(address), address, protocol, port: parsed.port }]
}
