import type { Addresses } from '../network.ts'
import type { Random } from '../random.ts'
import type { PacketSpec, Sender } from '../scenario.ts'
import { allAddresses, PORTS_USED } from './context.ts'

const FLAGS = ['syn', 'syn', 'syn', 'syn', 'syn', 'ack', 'syn,ack', 'rst', 'fin', 'fin,ack'] as const

function source(random: Random, a: Addresses, from: Sender, iif: 'eth0' | 'wg0'): string | undefined {
  switch (from) {
    case 'P1':
    case 'P2':
    case 'C1':
      return a[from]
    case 'H':
      return a.version === 6 || random.chance(0.7) ? random.pick(Object.values(a.host)) : undefined
    case 'X':
      return random.weighted([
        [4, a.via[iif]],
        [6, random.pick(a.outside)],
        [1, random.pick(allAddresses(a))],
        [1, a.tunnelled.address],
      ])
  }
}

function destination(random: Random, a: Addresses, from: Sender): string {
  const own = from === 'P1' || from === 'P2' || from === 'C1' ? a[from] : undefined
  const choices = allAddresses(a).filter((ip) => ip !== own)
  return random.weighted<string>([
    [4, random.pick(a.services)],
    [4, random.pick([a.P1, a.P2, a.C1].filter((ip) => ip !== own))],
    [3, random.pick(Object.values(a.host))],
    [4, random.pick(a.outside)],
    [2, random.pick(choices)],
  ])
}

/** One packet. Identifiers and source ports are never used twice in a volley: each packet is the first of a flow of its own. */
function drawPacket(random: Random, a: Addresses, id: number, fromHost: boolean): PacketSpec {
  const from = random.weighted<Sender>([
    [4, 'X'],
    [4, 'P1'],
    [2, 'P2'],
    [3, 'C1'],
    [fromHost ? 3 : 0, 'H'],
  ])
  const iif = from === 'X' ? random.pick(['eth0', 'eth0', 'wg0'] as const) : undefined
  const proto = random.weighted<PacketSpec['proto']>([
    [6, 'tcp'],
    [3, 'udp'],
    [2, 'icmp'],
  ])
  const src = source(random, a, from, iif ?? 'eth0')
  const headers = (a.version === 4 ? 20 : 40) + (proto === 'tcp' ? 20 : 8)
  /** The identifier of an echo request stands in for its source port, as conntrack keys it. */
  const ports = proto === 'icmp' ? { sport: id & 0xffff } : { sport: 1024 + ((id * 13) % 60_000), dport: random.pick(PORTS_USED) }
  return {
    from,
    ...(iif ? { iif } : {}),
    ...(src ? { src } : {}),
    dst: destination(random, a, from),
    proto,
    id,
    ...ports,
    ...(proto === 'tcp' ? { flags: random.pick(FLAGS) } : {}),
    ...(proto === 'icmp' ? { icmpType: a.version === 4 ? 8 : 128 } : {}),
    ...(random.chance(0.25) ? { ttl: random.pick([1, 2, 3, 32, 63, 255]) } : {}),
    ...(random.chance(0.25) ? { tos: random.pick([0x10, 0x28, 0xb8]) } : {}),
    length: headers + random.pick([0, 0, 8, 20, 100, 1000]),
  }
}

/**
 * A raw socket is routed without protocol and ports (raw_sendmsg), as no socket of a real program is: where routing rules ask for them,
 * the host itself sends nothing.
 */
export const drawPackets = (random: Random, a: Addresses, policies: readonly string[], count: number): readonly PacketSpec[] => {
  const first = random.int(0x8000, 0xf000)
  const fromHost = !policies.some((p) => p.includes('ipproto'))
  return Array.from({ length: count }, (_, i) => drawPacket(random, a, first + i, fromHost))
}
