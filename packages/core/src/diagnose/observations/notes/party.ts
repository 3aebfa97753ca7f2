import type { Inside } from '../../../intake/notes/command.ts'
import { formatAddress, parseAddress } from '../../../net/address.ts'
import type { Endpoint } from './endpoint.ts'
import type { Known } from './known.ts'

/** Who sends, as the notes tell it. */
export interface Party {
  readonly kind: Inside | 'host' | 'outside' | 'unknown'
  readonly name?: string | undefined
  /** Kubernetes namespace. */
  readonly namespace?: string | undefined
  readonly host?: string | undefined
  readonly address?: string | undefined
}

/** What sort of sender or target it is, where a name alone does not tell. */
export type Role = 'pod' | 'node' | 'container' | 'service' | 'outside' | 'unknown'

/** The place that INTERFACE.md writes, as near as the evidence knows it. */
export function placeOfParty(party: Party, known: Known): string | undefined {
  const { kind, name, host, address } = party
  if (name !== undefined && kind !== 'host' && kind !== 'outside') {
    const inside = insidePlace(party, name, known)
    if (inside !== undefined) return inside
  }
  if (kind === 'outside') return 'outside'
  if (kind === 'host') return hostPlace(name ?? host, address, known)
  if (address !== undefined) return address
  if (name === undefined || kind === 'unknown') return undefined
  if (kind === 'namespace') return `netns/${host ?? onlyHost(known) ?? 'host'}/${name}`
  return kind === 'pod' ? `pod/${party.namespace ?? 'default'}/${name}` : `container/${name}`
}

/** A pod, container or namespace that the evidence holds. */
function insidePlace({ kind, namespace, host }: Party, name: string, known: Known): string | undefined {
  const captured = known.namespaces.get(name)
  if (captured !== undefined) return `netns/${captured}/${name}`
  if (kind !== 'container') {
    const own = name.replace(/^[a-z.]+\//, '')
    const pods = known.objects.pods.filter((pod) => namespace === undefined || pod.namespace === namespace)
    const pod = pods.find((one) => one.name === own) ?? (own === name ? undefined : pods.find((one) => one.name.startsWith(`${own}-`)))
    if (pod?.hostNetwork && pod.node !== undefined && known.hosts.has(pod.node)) return `host/${pod.node}`
    if (pod?.addresses.length) return `pod/${pod.namespace}/${pod.name}`
  }
  if (kind !== 'pod') {
    const found = known.objects.containers.find(
      ({ container, host: at }) =>
        (host === undefined || at === undefined || at === host) &&
        (container.name === name || (name.length >= 6 && container.id.startsWith(name)) || container.name.endsWith(`_${name}_1`)),
    )
    if (found?.container.complete) return `container/${found.container.name}`
  }
  return undefined
}

const onlyHost = (known: Known): string | undefined => (known.hosts.size === 1 ? [...known.hosts][0] : undefined)

/** A machine of which nothing was captured is outside, unless nothing was captured at all, or the cluster knows it. */
function hostPlace(name: string | undefined, address: string | undefined, known: Known): string | undefined {
  const host = name ?? onlyHost(known)
  if (host === undefined) return address
  if (known.hosts.has(host)) return `host/${host}`
  const captured = [...known.hosts].find((one) => sameMachine(one, host))
  if (captured !== undefined) return `host/${captured}`
  return known.hosts.size > 0 && !known.cluster.nodes.some((node) => sameMachine(node.name, host)) ? 'outside' : `host/${host}`
}

/** `node1` and `node1.example.com`. */
const sameMachine = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)

/** The target as a place; `name` is what was asked for, where that is another word. */
export function placeOfTarget(
  { host, port, protocol }: Endpoint,
  sender: Party,
  known: Known,
): { readonly to: string; readonly name?: string | undefined } {
  const suffix = port === undefined ? (protocol === 'icmp' ? '' : protocol === 'udp' ? '/udp' : '') : `:${port}/${protocol}`
  const address = parseAddress(host)
  if (address !== undefined)
    return {
      to: `${formatAddress(address).includes(':') && suffix.startsWith(':') ? `[${formatAddress(address)}]` : formatAddress(address)}${suffix}`,
    }
  if (host === 'localhost') return { to: `127.0.0.1${suffix}`, name: host }
  const named = namedPlace(host, sender, known)
  return named === undefined ? { to: `${host}${suffix}` } : { to: `${named}${suffix}`, name: host }
}

/** A name as the cluster's DNS, Docker's or the hosts' own names resolve it. */
function namedPlace(host: string, sender: Party, known: Known): string | undefined {
  const service = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.svc(?:\.[a-z0-9.-]+)?$/.exec(host)
  if (service) return `svc/${service[2]}/${service[1]}`
  const [first = '', second] = host.split('.')
  const inNamespace = known.objects.services.filter(({ name }) => name === first)
  const own = sender.namespace ?? namespaceOfPod(sender, known)
  const found =
    second === undefined
      ? (inNamespace.find(({ namespace }) => namespace === own) ?? (inNamespace.length === 1 ? inNamespace[0] : undefined))
      : host.split('.').length === 2
        ? inNamespace.find(({ namespace }) => namespace === second)
        : undefined
  if (found && sender.kind !== 'container') return `svc/${found.namespace}/${found.name}`
  const container = known.objects.containers.find(
    ({ container: one }) => one.name === host || one.endpoints.some(({ aliases }) => aliases.includes(host)),
  )
  if (container) return `container/${container.container.name}`
  const pod = known.objects.pods.find(({ name }) => name === host)
  if (pod) return `pod/${pod.namespace}/${pod.name}`
  const machine = [...known.hosts].find((one) => sameMachine(one, host))
  if (machine !== undefined) return `host/${machine}`
  const mentioned = second === undefined || second === known.mentioned.get(first) ? known.mentioned.get(first) : undefined
  return mentioned === undefined ? undefined : `svc/${mentioned}/${first}`
}

const namespaceOfPod = ({ kind, name }: Party, known: Known): string | undefined =>
  kind === 'pod' ? known.objects.pods.find((pod) => pod.name === name)?.namespace : undefined
