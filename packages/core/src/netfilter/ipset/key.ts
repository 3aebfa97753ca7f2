import type { Address, Family } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { type Unknown, unknown } from '../decision.ts'
import type { Scene } from '../scene.ts'

/**
 * What a packet brings to a set look-up. Dimensions count from 0 and each has its direction; undefined is the kernel's -EINVAL: the
 * packet has no such value, and the set does not match.
 */
export interface SetKey {
  readonly family: Family
  /** How many directions `--match-set NAME src,dst` gave. */
  readonly dimensions: number
  readonly mark: number
  address(dimension: number): Address
  /** protocol << 16 | port, ICMP type << 8 | code, or 0 (ip_set_get_ip4_port, get_port). */
  port(dimension: number): number | undefined
  mac(dimension: number): string | undefined | Unknown
  iface(dimension: number): string | undefined
  /** `ipset test` with `physdev:`. xt_set has no way to ask so: `physdev:` elements match no packet of a rule. */
  readonly physical?: boolean
  /** `ipset test` with a network asks for that very network and does not try the others. */
  length?(dimension: number): number
}

/** A packet where it is now, seen through `src` and `dst` flags as xt_set passes them. */
export function sceneKey(directions: readonly ('src' | 'dst')[], scene: Scene): SetKey {
  const { packet } = scene
  const isSource = (dimension: number): boolean => directions[dimension] === 'src'
  return {
    family: packet.family,
    dimensions: directions.length,
    mark: packet.mark >>> 0,
    address: (dimension) => (isSource(dimension) ? packet.src : packet.dst),
    port: (dimension) => portKey(scene, isSource(dimension)),
    mac: (dimension) => macOf(scene, isSource(dimension)),
    iface: (dimension) => (isSource(dimension) ? scene.iif : scene.oif) || undefined,
  }
}

function portKey({ packet }: Scene, source: boolean): number | undefined {
  const { protocol } = packet
  switch (protocol) {
    case 0:
      return undefined
    case PROTOCOL.tcp:
    case PROTOCOL.udp:
    case PROTOCOL.sctp:
    case PROTOCOL.udplite:
      return (protocol << 16) | (source ? packet.sport : packet.dport)
    case PROTOCOL.icmp:
    case PROTOCOL.icmpv6:
      return (protocol << 16) | ((packet.icmpType & 0xff) << 8) | (packet.icmpCode & 0xff)
    default:
      return protocol << 16
  }
}

/** A packet made on this host has no Ethernet header yet, and on loopback it is all zero, which is_zero_ether_addr() refuses. */
function macOf({ packet, iif }: Scene, source: boolean): string | undefined | Unknown {
  if (iif === '' || iif === 'lo') return undefined
  const mac = source ? packet.sourceMac : packet.destinationMac
  return mac?.toLowerCase() ?? unknown(`the ${source ? 'source' : 'destination'} MAC address of the packet is not known`, 'ip-neigh.json')
}
