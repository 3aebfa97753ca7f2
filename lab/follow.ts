import type { PacketSpec } from './scenario.ts'
import type { Truth } from './truth.ts'

/** A packet that was sent to make a connection, and what became of it. */
export interface Opened {
  readonly packet: PacketSpec
  readonly truth: Truth
}

/** Groups and broadcast addresses: a stack that is asked by such answers with an address of its own, and sends nothing from it. */
const OF_MANY = /^(?:22[4-9]|23\d)\.|\.255$|^ff/i

/** The answer to a packet where it arrived: its header turned round. Undefined when it arrived nowhere, or nobody would answer so. */
function answer(spec: PacketSpec, { packet, truth: { delivered } }: Opened): PacketSpec | undefined {
  if (!delivered) return undefined
  const { ns, oif, src, dst, sport, dport } = delivered
  const from = ns as PacketSpec['from']
  if (from !== 'X' && OF_MANY.test(dst)) return undefined
  const ports = packet.proto === 'icmp' ? { sport: packet.sport ?? 0 } : { sport: dport ?? 0, dport: sport ?? 0 }
  const iif = spec.iif ?? (oif as 'eth0' | 'wg0' | undefined)
  return { ...spec, from, ...(from === 'X' && iif ? { iif } : {}), src: dst, dst: src, ...ports, back: true }
}

const again = (spec: PacketSpec, { packet }: Opened): PacketSpec => {
  const { from, iif, src, dst, sport, dport } = packet
  return {
    ...spec,
    from,
    dst,
    ...(iif === undefined ? {} : { iif }),
    ...(src === undefined ? {} : { src }),
    ...(sport === undefined ? {} : { sport }),
    ...(dport === undefined ? {} : { dport }),
  }
}

/** Fills in what packets take over from earlier ones; an answer to what never arrived is left out. `mayHost`: may H itself send it? */
export function resolveAll(
  packets: readonly PacketSpec[],
  opened: readonly Opened[],
  mayHost: (packet: PacketSpec) => boolean,
): readonly PacketSpec[] {
  return packets.flatMap((spec): readonly PacketSpec[] => {
    if (!spec.follows) return spec.from !== 'H' || mayHost(spec) ? [spec] : []
    const { id, way, after } = spec.follows
    if (after !== undefined && !opened.some((o) => o.packet.id === after && o.truth.delivered)) return []
    const earlier = opened.find((o) => o.packet.id === id)
    const { follows: _, ...rest } = spec
    const packet = earlier && (way === 'again' ? again(rest, earlier) : answer(rest, earlier))
    return packet && (packet.from !== 'H' || mayHost(packet)) ? [packet] : []
  })
}
