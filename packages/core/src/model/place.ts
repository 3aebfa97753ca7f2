import { type Address, parseAddress, parseIPv4 } from '../net/address.ts'

/** A place as INTERFACE.md writes it, with the port and protocol that may follow. */
export interface PlaceText {
  readonly place: Place
  readonly port: number | string | undefined
  readonly protocol: string | undefined
}

export type Place =
  | { readonly kind: 'host'; readonly host: string }
  | { readonly kind: 'netns'; readonly host: string; readonly name: string }
  | { readonly kind: 'pod' | 'service'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'container'; readonly name: string }
  | { readonly kind: 'outside' }
  | { readonly kind: 'address'; readonly address: Address }

/** Reads `svc/default/web:80/tcp`, `10.43.0.10:53/udp`, `[fd00::1]:443`, `netns/H/P1`. undefined: it is none. */
export function parsePlace(text: string): PlaceText | undefined {
  const plain = parseIPv4AndPort(text)
  if (plain) return plain
  const known = recent.get(text)
  if (known) return known
  const parsed = parse(text)
  if (parsed) {
    if (recent.size > MOST_RECENT) recent.clear()
    recent.set(text, parsed)
  }
  return parsed
}

/** `10.43.0.10:53/udp`: what most requests of a long list ask for, each another one. undefined: it is anything else. */
function parseIPv4AndPort(text: string): PlaceText | undefined {
  const colon = text.indexOf(':')
  const slash = text.indexOf('/', colon)
  if (colon < 7 || colon > 15 || slash < 0) return undefined
  const address = parseIPv4(text.slice(0, colon))
  const port = digits(text, colon + 1, slash)
  const protocol = text.slice(slash + 1)
  return address === undefined || port === undefined || !WORD.test(protocol)
    ? undefined
    : { place: { kind: 'address', address }, port, protocol }
}

const WORD = /^[\w-]+$/

/** The number that text[start, end) writes; undefined: it is none, or has more digits than a port. */
function digits(text: string, start: number, end: number): number | undefined {
  if (end <= start || end - start > 5) return undefined
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}

/** The same few places stand in request after request. */
const recent = new Map<string, PlaceText>()
const MOST_RECENT = 256

function parse(text: string): PlaceText | undefined {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::([\w-]+))?(?:\/([\w-]+))?$/.exec(text)
  if (bracketed) return withAddress(bracketed[1] as string, bracketed[2], bracketed[3])
  const bare = parseAddress(text.split('/')[0] as string)
  if (bare !== undefined) return { place: { kind: 'address', address: bare }, port: undefined, protocol: text.split('/')[1] }
  const plain = /^([0-9.]+)(?::([\w-]+))?(?:\/([\w-]+))?$/.exec(text)
  if (plain) return withAddress(plain[1] as string, plain[2], plain[3])
  return parseNamed(text)
}

function withAddress(address: string, port: string | undefined, protocol: string | undefined): PlaceText | undefined {
  const parsed = parseAddress(address)
  return parsed === undefined ? undefined : { place: { kind: 'address', address: parsed }, port: portOf(port), protocol }
}

const portOf = (text: string | undefined): number | string | undefined =>
  text === undefined ? undefined : /^\d+$/.test(text) ? Number(text) : text

function parseNamed(text: string): PlaceText | undefined {
  const [kind, ...rest] = text.split('/')
  const count =
    kind === 'outside' || kind?.startsWith('outside:')
      ? 0
      : kind === 'netns' || kind === 'pod' || kind === 'svc'
        ? 2
        : kind === 'host' || kind === 'container'
          ? 1
          : -1
  if (count < 0 || rest.length < count || rest.length > count + 1) return undefined
  const names = count === 0 ? [kind as string] : rest.slice(0, count)
  const protocol = rest[count]
  const last = names[names.length - 1] as string
  const colon = last.lastIndexOf(':')
  const port = colon > 0 ? portOf(last.slice(colon + 1)) : undefined
  names[names.length - 1] = colon > 0 ? last.slice(0, colon) : last
  const [first, second] = names as [string, string]
  if (names.some((name) => name === '')) return undefined
  const place = placeOf(count === 0 ? 'outside' : (kind as string), first, second)
  return { place, port, protocol }
}

function placeOf(kind: string, first: string, second: string): Place {
  switch (kind) {
    case 'host':
      return { kind, host: first }
    case 'netns':
      return { kind, host: first, name: second }
    case 'pod':
      return { kind, namespace: first, name: second }
    case 'svc':
      return { kind: 'service', namespace: first, name: second }
    case 'container':
      return { kind, name: first }
    default:
      return { kind: 'outside' }
  }
}
