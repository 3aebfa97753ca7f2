import type { CapturedIp, CapturedPacket } from '../../../facts/captured-packet.ts'
import { type Address, formatAddress } from '../../../net/address.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import { protocolName } from '../../../net/protocol.ts'
import type { SeenAt, SeenFlow } from '../observation.ts'

/** A packet at one place: on a device, on its way in or out, plain or inside of a tunnel. */
export interface Sight {
  readonly number: number
  readonly time: number | undefined
  /** '' where the capture does not tell. */
  readonly device: string
  readonly direction: CapturedPacket['direction']
  readonly mac: string | undefined
  readonly ip: CapturedIp
  readonly tunnel?: { readonly kind: string; readonly src: Address; readonly dst: Address } | undefined
}

/** A packet and whatever packets it carries, the outermost first. */
export function sightsOf(packet: CapturedPacket, device: string): readonly Sight[] {
  const out: Sight[] = []
  const { number, time, direction, sourceMac } = packet
  let tunnel: Sight['tunnel']
  for (let ip = packet.ip; ip; ip = ip.tunnel?.frame.ip) {
    out.push({ number, time, device, direction, mac: tunnel ? undefined : sourceMac, ip, tunnel })
    if (ip.tunnel && ip.src !== undefined && ip.dst !== undefined) tunnel = { kind: ip.tunnel.kind, src: ip.src, dst: ip.dst }
  }
  return out
}

const isEcho = (protocol: number | undefined): boolean => protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6

/** Tells a flow's direction: equal for all of its packets that way. The identifier of an echo stands for both ports. */
export function tupleOf(ip: CapturedIp): string {
  const tail = isEcho(ip.protocol) ? `${ip.sport}` : `${ip.sport}>${ip.dport}`
  return `${ip.src ?? ip.srcName}>${ip.dst ?? ip.dstName}/${ip.protocol}/${tail}`
}

export function reverseOf(ip: CapturedIp): string {
  const tail = isEcho(ip.protocol) ? `${ip.sport}` : `${ip.dport}>${ip.sport}`
  return `${ip.dst ?? ip.dstName}>${ip.src ?? ip.srcName}/${ip.protocol}/${tail}`
}

export const flowOf = (ip: CapturedIp): SeenFlow => ({
  protocol: ip.protocol ?? 0,
  src: ip.src,
  ...(ip.srcName !== undefined && { srcName: ip.srcName }),
  sport: ip.sport,
  dst: ip.dst,
  ...(ip.dstName !== undefined && { dstName: ip.dstName }),
  dport: ip.dport,
})

export const reversed = (flow: SeenFlow): SeenFlow => ({
  protocol: flow.protocol,
  src: flow.dst,
  ...(flow.dstName !== undefined && { srcName: flow.dstName }),
  sport: isEcho(flow.protocol) ? flow.sport : flow.dport,
  dst: flow.src,
  ...(flow.srcName !== undefined && { dstName: flow.srcName }),
  dport: isEcho(flow.protocol) ? flow.dport : flow.sport,
})

export const seenAt = ({ device, direction, ip, tunnel }: Sight): SeenAt => ({
  device,
  direction: direction === 'out' ? 'out' : direction === undefined ? undefined : 'in',
  flow: flowOf(ip),
  ...(tunnel && { tunnel }),
})

const endText = (address: Address | undefined, name: string | undefined, port: number, echo: boolean): string => {
  const text = address === undefined ? (name ?? '?') : formatAddress(address)
  if (port === 0 || echo) return text
  return typeof address === 'bigint' ? `[${text}]:${port}` : `${text}:${port}`
}

/** `10.1.0.2:40090 -> 10.96.0.10:80/tcp` */
export function flowText(flow: SeenFlow): string {
  const echo = isEcho(flow.protocol)
  const ends = `${endText(flow.src, flow.srcName, flow.sport, echo)} -> ${endText(flow.dst, flow.dstName, flow.dport, echo)}`
  return flow.protocol === 0 ? ends : `${ends}/${protocolName(flow.protocol)}`
}
