import type { Model } from '../model/model.ts'
import type { Namespace } from '../model/namespace.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { PROTOCOL } from '../net/packet.ts'
import { protocolName } from '../net/protocol.ts'
import { isLimitedBroadcast, isLinkLocal, isLoopback, isMulticast, isUnspecified } from '../net/special.ts'
import { faultOfWay, isTraced } from './observations/kernel-log/fault.ts'
import type { Attempt, Logged, Observation, PacketsSeen, Result, SeenAt, SeenFlow, Sighting } from './observations/observation.ts'

/** A connection that a capture shows, as the attempt that it is. */
export interface CapturedAttempt {
  readonly observation: string
  readonly attempt: Attempt & { readonly from: string }
}

type Seen = PacketsSeen & { readonly id: string }
type Traced = Logged & { readonly id: string }

/** A capture of a busy host holds more flows than anyone asked about. */
const MOST = { failing: 20, working: 12 }

/**
 * Connections in captures and traces, as attempts: who sent the first packet, before any translation, to whom, and what came of it. What a network says
 * by itself (DHCP, mDNS, time servers, multicast) is passed over, and so is a flow that another capture shows nearer to its sender.
 */
export function capturedAttempts(observations: readonly Observation[], model: Model): readonly CapturedAttempt[] {
  const seen = observations.filter((one): one is Seen => one.kind === 'packet')
  const traced = observations.filter((one): one is Traced => one.kind === 'log' && isTraced(one) && faultOfWay(one) !== undefined)
  return [...ofCaptures(seen, model), ...ofTraces(traced, model)]
}

/** Somebody traced these packets, and the kernel told that it refused them. A LOG rule writes of scanners of the internet too. */
function ofTraces(traced: readonly Traced[], model: Model): readonly CapturedAttempt[] {
  return traced.slice(0, MOST.failing).flatMap(({ id, flow, way, host }) => {
    if (flow?.src === undefined || flow.dst === undefined || isNoise(flow)) return []
    const owner = model.owners.get(flow.src)?.find(({ namespace }) => host === undefined || namespace.host === host)?.namespace
    const from = owner ? placeOf(owner) : formatAddress(flow.src)
    const result = way?.at(-1)?.verdict === 'REJECT' ? 'refused' : 'timeout'
    return [{ observation: id, attempt: { from, ...(host === undefined ? {} : { host }), to: targetText(flow), result } }]
  })
}

const placeOf = ({ host, name }: Namespace): string => (name === '' ? `host/${host}` : `netns/${host}/${name}`)

function ofCaptures(seen: readonly Seen[], model: Model): readonly CapturedAttempt[] {
  const behind = headersBehind(seen)
  const told = new Set<string>()
  const left = { ...MOST }
  return seen.flatMap((one) => {
    const result = resultOf(one)
    const key = keyOf(one.flow)
    if (result === undefined || !one.flow || key === undefined || isNoise(one.flow) || behind.has(key)) return []
    const kind = result === 'connects' ? 'working' : 'failing'
    const attempt = attemptOf(one, one.flow, result, model)
    if (!attempt || told.has(`${kind} ${key}`) || left[kind] <= 0) return []
    left[kind]--
    told.add(`${kind} ${key}`)
    return [{ observation: one.id, attempt }]
  })
}

/** Headers that a packet has only behind its first place: after translation, or on another captured host. */
function headersBehind(seen: readonly Seen[]): ReadonlySet<string> {
  const behind = new Set<string>()
  for (const { interfaces, flow } of seen) {
    const first = keyOf(interfaces[0]?.flow) ?? keyOf(flow)
    for (const place of interfaces) {
      const key = keyOf(place.flow)
      if (key !== undefined && key !== first && key !== keyOf(flow)) behind.add(key)
    }
  }
  return behind
}

/** The source port is another with each attempt. */
const keyOf = (flow: SeenFlow | undefined): string | undefined =>
  flow?.src === undefined || flow.dst === undefined
    ? undefined
    : `${flow.src}>${flow.dst}:${isEcho(flow) ? 0 : flow.dport}/${flow.protocol}`

const isEcho = ({ protocol }: SeenFlow): boolean => protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6

const RESULTS: Partial<Record<Sighting, Result>> = {
  answered: 'connects',
  'syn-unanswered': 'timeout',
  unanswered: 'timeout',
  'one-way': 'timeout',
  'reply-lost': 'timeout',
  'untranslated-reply': 'timeout',
  'large-lost': 'stalls',
}

/** What the sender saw of it; undefined: the sighting is about something else. */
function resultOf({ sighting, established, icmp, flow, ends }: PacketsSeen): Result | undefined {
  // A host that keeps silent about its own address hears nothing else from there either (arp_process() asks for a route back first).
  if (sighting === 'arp-unanswered') return ends === 'here' ? 'timeout' : undefined
  if (sighting === 'reset') return established ? 'reset' : 'refused'
  if (sighting !== 'icmp-error') return RESULTS[sighting]
  const six = flow?.protocol === PROTOCOL.icmpv6 || typeof flow?.src === 'bigint'
  const { type, code } = icmp ?? {}
  if (six) return type === 2 ? 'stalls' : type === 1 && code === 4 ? 'refused' : 'unreachable'
  // tcp_v4_err(), icmp_err_convert: a port or protocol unreachable is ECONNREFUSED or ENOPROTOOPT
  if (type !== 3) return 'unreachable'
  return code === 4 ? 'stalls' : code === 3 || code === 2 ? 'refused' : 'unreachable'
}

/** DHCP, NTP, NetBIOS, DHCPv6, SSDP, mDNS, LLMNR. */
const CHATTER: ReadonlySet<number> = new Set([67, 68, 123, 137, 138, 546, 547, 1900, 5353, 5355])

function isNoise({ protocol, src, dst, dport }: SeenFlow): boolean {
  if (src === undefined || dst === undefined) return true
  const unheard = (address: Address): boolean => isMulticast(address) || isUnspecified(address) || isLimitedBroadcast(address)
  if (unheard(src) || unheard(dst) || isLinkLocal(src) || isLinkLocal(dst)) return true
  return protocol === PROTOCOL.udp && CHATTER.has(dport)
}

function attemptOf(seen: PacketsSeen, flow: SeenFlow, result: Result, model: Model): CapturedAttempt['attempt'] | undefined {
  const from = senderOf(seen, flow, model)
  if (!from) return undefined
  const length = result === 'stalls' && seen.length !== undefined ? { length: seen.length } : {}
  return { ...from, to: targetText(flow), result, ...length }
}

function targetText({ dst, dport, protocol }: SeenFlow): string {
  const address = dst === undefined ? '' : formatAddress(dst)
  // ARP tells of no protocol above it: an echo stands for all
  if (protocol === 0) return `${address}/icmp`
  if (dport === 0 || protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6) return `${address}/${protocolName(protocol)}`
  return `${typeof dst === 'bigint' ? `[${address}]` : address}:${dport}/${protocolName(protocol)}`
}

function senderOf(
  seen: PacketsSeen,
  { src }: SeenFlow,
  model: Model,
): Pick<CapturedAttempt['attempt'], 'from' | 'src' | 'host' | 'iif'> | undefined {
  if (src === undefined) return undefined
  const owner = ownerOf(seen, src, model)
  if (owner) return { from: placeOf(owner) }
  const host = seen.host === undefined ? {} : { host: seen.host }
  const first = seen.interfaces.find((place: SeenAt) => !place.tunnel)
  if (first?.direction === 'in' && first.device !== '') return { from: 'outside', src: formatAddress(src), ...host, iif: first.device }
  // the model may know what it is behind
  return { from: formatAddress(src), ...host }
}

/** Several may have the address: the one that sent it there, or one of the capturing host, comes first. */
function ownerOf({ host, netns, interfaces }: PacketsSeen, src: Address, model: Model): Namespace | undefined {
  const owners = (model.owners.get(src) ?? []).map(({ namespace }) => namespace)
  const own = owners.filter((namespace) => namespace.host === host)
  const here = own.find(({ name }) => name === netns)
  if (isLoopback(src)) return here
  const cameIn = interfaces[0]?.direction === 'in'
  return cameIn ? (own.find(({ name }) => name !== netns) ?? owners.find((one) => one !== here)) : (here ?? own[0] ?? owners[0])
}
