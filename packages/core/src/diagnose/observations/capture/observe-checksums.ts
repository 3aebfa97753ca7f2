import type { PacketsSeen } from '../observation.ts'
import { type Captured, sourceOf } from './captured.ts'
import type { WrongSum } from './checksums.ts'
import { flowOf, flowText, type Sight, seenAt } from './sight.ts'

const LIMIT = 40

/**
 * Checksums that are wrong on the wire, and one word on those that are not: of what the capturing host sends the card fills them in behind
 * the capture (offload), and what the receiver answers was right when it came there.
 */
export function observeChecksums(captured: Captured): readonly PacketsSeen[] {
  const { bad, unfilled, offloaded } = captured.checksums
  const wrong = [...bad.values()].filter(({ first }) => !wasTaken(first, captured))
  const never = [...unfilled.values()].filter(({ first }) => isPhysical(first, captured) && !wasTaken(first, captured))
  const fine = [...bad.values()].find(({ first }) => wasTaken(first, captured)) ?? offloaded
  return [
    ...wrong.slice(0, LIMIT).map((one) => seen('bad-checksum', one, captured, 'arrive with a wrong checksum; the receiver drops them')),
    ...never
      .slice(0, LIMIT)
      .map((one) =>
        seen(
          'bad-checksum',
          one,
          captured,
          'came through the tunnel with a checksum that the sender’s card never filled in; the receiver drops them',
        ),
      ),
    ...(fine ? [seen('offloaded-checksum', fine, captured, 'have a checksum that the card was still to fill in (offload): no fault')] : []),
  ]
}

function seen(sighting: PacketsSeen['sighting'], { first, count }: WrongSum, captured: Captured, what: string): PacketsSeen {
  return {
    kind: 'packet',
    sighting,
    text: `${flowText(flowOf(first.ip))}: ${count} packets ${what}`,
    source: sourceOf(captured, first.number),
    flow: flowOf(first.ip),
    host: captured.vantage.host,
    netns: captured.vantage.netns,
    interfaces: [seenAt(first)],
    packets: count,
  }
}

/** The other side answered: a TCP packet in the opposite direction that takes it in, or any packet of another protocol. */
function wasTaken({ ip }: Sight, { flows }: Captured): boolean {
  const leg = flows.find(ip)
  if (!leg) return false
  const other = leg.forward ? leg.exchange.backward : leg.exchange.forward
  return ip.tcp ? other.synAck + other.ack > 0 : other.passes > 0
}

/** `ip -d link` gives virtual devices a kind (without -d none has one); between these a packet may stay unfilled all the way. */
function isPhysical({ device }: Sight, { vantage }: Captured): boolean {
  const links = [...vantage.links.values()]
  const link = links.find(({ name }) => name === device)
  return link !== undefined && link.type === undefined && link.peerIndex === undefined && links.some(({ type }) => type !== undefined)
}
