import { formatAddress } from '../../../net/address.ts'
import type { PacketsSeen } from '../observation.ts'
import { type Asked, isContested } from './arp-book.ts'
import { type Captured, sourceOf } from './captured.ts'
import type { Errors } from './errors-of.ts'
import type { SeenError } from './icmp-errors.ts'
import { icmpWords } from './icmp-words.ts'
import { makerOf } from './maker.ts'
import { timeText } from './observe.ts'
import { observeChecksums } from './observe-checksums.ts'
import { flowOf, flowText, seenAt } from './sight.ts'

const LIMIT = 40

/** What a capture shows below the conversations: neighbours, tunnels, checksums, errors about packets that are not in it. */
export function observeLink(captured: Captured, errors: Errors): readonly PacketsSeen[] {
  return [
    ...neighboursSilent(captured),
    ...contested(captured),
    ...tunnelsOneWay(captured),
    ...strayErrors(captured, errors.others),
    ...observeChecksums(captured),
  ]
}

const base = (captured: Captured, number: number) => ({
  kind: 'packet' as const,
  source: sourceOf(captured, number),
  host: captured.vantage.host,
  netns: captured.vantage.netns,
  interfaces: [],
})

/** Asked twice, or once with a second to answer in. */
function isUnanswered(asked: Asked, { last }: Captured): boolean {
  if (asked.tries > 1) return true
  return asked.first !== undefined && last !== undefined && last - asked.first >= 1
}

function neighboursSilent(captured: Captured): readonly PacketsSeen[] {
  const { arp, vantage } = captured
  const silent = [...arp.asked.values()].filter((asked) => !arp.isAnswered(asked) && isUnanswered(asked, captured))
  return silent.slice(0, LIMIT).map((asked) => {
    const flow = { protocol: 0, src: asked.by, sport: 0, dst: asked.target, dport: 0 }
    const own = vantage.addresses?.has(asked.target) === true && !asked.own
    const text = `${formatAddress(asked.by)} asks for the link address of ${formatAddress(asked.target)} ${asked.tries} times${on(asked.device)}, and nobody answers${own ? ', although the address is this host’s own' : ''}`
    const direction = asked.own ? ('out' as const) : captured.any ? ('in' as const) : undefined
    return {
      ...base(captured, asked.number),
      sighting: 'arp-unanswered' as const,
      text,
      ...(asked.first !== undefined && { time: timeText(asked.first) }),
      flow,
      interfaces: [{ device: asked.device, direction, flow }],
      packets: asked.tries,
      by: asked.by,
      ...(own && { ends: 'here' as const }),
    }
  })
}

const on = (device: string): string => (device === '' ? '' : ` on ${device}`)

function contested(captured: Captured): readonly PacketsSeen[] {
  const claims = [...captured.arp.claims.values()].filter(isContested)
  return claims.slice(0, LIMIT).map(({ device, address, number, macs }) => {
    const flow = { protocol: 0, src: address, sport: 0, dst: address, dport: 0 }
    return {
      ...base(captured, number),
      sighting: 'duplicate-address' as const,
      text: `${formatAddress(address)} is claimed by ${macs.join(' and ')}${on(device)}`,
      flow,
      interfaces: [{ device, direction: undefined, flow }],
      by: address,
      macs,
    }
  })
}

function tunnelsOneWay(captured: Captured): readonly PacketsSeen[] {
  const lone = [...captured.tunnels.seen.values()].filter(({ forward, backward }) => backward === 0 && forward > 1)
  return lone.slice(0, LIMIT).map(({ kind, first, forward }) => {
    const flow = { ...flowOf(first.ip), sport: 0 }
    return {
      ...base(captured, first.number),
      sighting: 'one-way' as const,
      text: `${flowText(flow)}: ${forward} packets of a ${kind} tunnel, none the other way`,
      flow,
      interfaces: [seenAt(first)],
      packets: forward,
    }
  })
}

/** Errors whose packet is not in the capture. */
function strayErrors(captured: Captured, about: readonly SeenError[]): readonly PacketsSeen[] {
  return about.slice(0, LIMIT).map((error) => {
    const { first, icmp, quoted, count } = error
    const flow = quoted ? flowOf(quoted) : undefined
    const words = icmpWords(first.ip.protocol, icmp.type, icmp.code, icmp.mtu)
    const maker = makerOf(first, captured)
    return {
      ...base(captured, first.number),
      sighting: icmp.mtu === undefined ? ('icmp-error' as const) : ('large-lost' as const),
      text: `${flow ? `${flowText(flow)}: ` : ''}ICMP ${words} from ${first.ip.src === undefined ? (first.ip.srcName ?? '?') : formatAddress(first.ip.src)}`,
      ...(first.time !== undefined && { time: timeText(first.time) }),
      flow,
      interfaces: [],
      replies: error.sights.map(seenAt),
      packets: count,
      ...(first.ip.src !== undefined && { by: first.ip.src }),
      ...(maker && { maker }),
      icmp: { type: icmp.type, code: icmp.code, ...(icmp.mtu !== undefined && { mtu: icmp.mtu }) },
    }
  })
}
