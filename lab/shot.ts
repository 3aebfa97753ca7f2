import type { Shot } from './agent.ts'
import { encode, FLAG_BITS } from './frames.ts'
import { MAC } from './network.ts'
import type { PacketSpec } from './scenario.ts'

/** How a packet is sent: from X as a frame to the host's interface, from anywhere else through a raw socket, so that routing is the namespace's own. */
export function shot(p: PacketSpec): Shot {
  const flags = p.proto === 'tcp' ? (p.flags ?? 'syn').split(',').reduce((bits, name) => bits | (FLAG_BITS[name] ?? 0), 0) : 0
  const none = p.dst.includes(':') ? '::' : '0.0.0.0'
  const { sport, dport, icmpType } = p
  const data = encode({
    src: p.src ?? none,
    dst: p.dst,
    proto: p.proto,
    id: p.id,
    flags,
    ttl: p.ttl ?? 64,
    tos: p.tos ?? 0,
    length: p.length,
    back: p.back ?? false,
    ...(sport === undefined ? {} : { sport }),
    ...(dport === undefined ? {} : { dport }),
    ...(icmpType === undefined ? {} : { icmpType }),
  })
  if (p.from !== 'X')
    return { ns: p.from, to: p.dst, bind: p.from === 'H' ? p.src : undefined, tos: p.tos ?? 0, data: data.toString('hex') }
  const name = p.iif ?? 'eth0'
  const ethernet = Buffer.from(
    `${MAC[`H ${name}`]}${MAC[`X ${name}`]}`.replaceAll(':', '') + (p.dst.includes(':') ? '86dd' : '0800'),
    'hex',
  )
  return { ns: 'X', interface: name, data: Buffer.concat([ethernet, data]).toString('hex') }
}
