import type { Addresses } from '../network.ts'
import type { Random } from '../random.ts'
import type { PacketSpec, Scenario, Sender } from '../scenario.ts'
import { allAddresses, PORTS_USED } from './context.ts'

const FLAGS = [
  'syn',
  'syn',
  'syn',
  'syn',
  'syn',
  'ack',
  'syn,ack',
  'rst',
  'fin',
  'fin,ack',
  'syn,fin',
  'fin,psh,urg',
  'syn,rst',
  'psh,ack',
] as const

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
        [0.3, random.pick(a.odd.sources)],
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
    [from === 'X' ? 0.8 : 0, random.pick(a.odd.destinations)],
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
  const flags = random.pick(FLAGS)
  /** A SYN has room for its MSS option. */
  const headers = (a.version === 4 ? 20 : 40) + (proto !== 'tcp' ? 8 : flags.includes('syn') ? 24 : 20)
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
    ...(proto === 'tcp' ? { flags } : {}),
    ...(proto === 'icmp' ? { icmpType: a.version === 4 ? 8 : 128 } : {}),
    ...(random.chance(0.25) ? { ttl: random.pick([1, 2, 3, 32, 63, 255]) } : {}),
    ...(random.chance(0.25) ? { tos: random.pick([0x10, 0x28, 0xb8]) } : {}),
    length: headers + random.pick([0, 0, 8, 20, 100, 1000]),
  }
}

export function drawPackets(random: Random, a: Addresses, fromHost: boolean, count: number): Pick<Scenario, 'openers' | 'packets'> {
  const first = random.int(0x8000, 0xf000)
  const packets = Array.from({ length: count }, (_, i) => drawPacket(random, a, first + i, fromHost))
  if (!random.chance(0.4)) return { openers: [], packets }
  const connections = Array.from({ length: random.int(1, 3) }, (_, i) =>
    connection(random, drawPacket(random, a, first + count + 4 * i, fromHost)),
  )
  return { openers: connections.flatMap((c) => c.openers), packets: [...packets, ...connections.flatMap((c) => c.packets)] }
}

const follower = (packet: PacketSpec, id: number, way: 'again' | 'back', flags: string, after?: number): PacketSpec => ({
  from: packet.from,
  dst: packet.dst,
  proto: packet.proto,
  id,
  length: packet.length,
  ...(packet.proto === 'tcp' ? { flags } : {}),
  ...(packet.icmpType === undefined ? {} : { icmpType: way === 'again' ? packet.icmpType : packet.icmpType === 8 ? 0 : 129 }),
  follows: { id: packet.id, way, ...(after === undefined ? {} : { after }) },
})

/** A first packet, perhaps its answer, and what comes after as the packet to judge. TCP stays within the states that conntrack takes. */
function connection(random: Random, drawn: PacketSpec): Pick<Scenario, 'openers' | 'packets'> {
  const { ttl: _, ...rest } = drawn
  const room = drawn.proto === 'tcp' && !drawn.flags?.includes('syn') ? 4 : 0
  const first: PacketSpec = { ...rest, length: drawn.length + room, ...(drawn.proto === 'tcp' ? { flags: 'syn' } : {}) }
  const { id } = first
  const back = follower(first, id + 1, 'back', 'syn,ack')
  if (random.chance(0.5)) return { openers: [first], packets: [random.chance(0.6) ? back : follower(first, id + 1, 'again', 'syn')] }
  const last = follower(first, id + 2, random.pick(['again', 'back'] as const), 'ack', back.id)
  return { openers: [first, back], packets: [last] }
}
