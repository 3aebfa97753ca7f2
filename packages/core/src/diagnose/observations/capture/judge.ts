import { PROTOCOL } from '../../../net/packet.ts'
import type { Captured } from './captured.ts'
import { endsOf } from './ends.ts'
import { type Errors, findingOfError } from './errors-of.ts'
import type { Exchange } from './exchange.ts'
import type { Finding } from './finding.ts'
import { makerOf } from './maker.ts'
import { type Strays, straysOf } from './stray.ts'
import { judgeTcp, openingOf } from './tcp.ts'

/** What became of every conversation of a capture. */
export function judge(captured: Captured, errors: Errors): readonly Finding[] {
  const strays = straysOf(captured)
  return captured.flows.exchanges().flatMap((exchange) => {
    if (strays.complaints.has(exchange)) return []
    const found = judgeOne(exchange, captured, strays)
    const about = errors.byExchange.get(exchange) ?? []
    if (found?.sighting === 'untranslated-reply' || about.length === 0) return found ? [withEnds(found, captured)] : []
    const fromErrors = about.map((error) => withEnds(findingOfError(exchange, error, captured), captured))
    // an error explains why there was no answer
    return found?.sighting === 'answered' ? [withEnds(found, captured), ...fromErrors] : fromErrors
  })
}

function judgeOne(exchange: Exchange, captured: Captured, strays: Strays): Finding | undefined {
  if (strays.from.has(exchange))
    return { sighting: 'untranslated-reply', exchange, packets: exchange.forward.passes, by: strays.from.get(exchange) }
  if (exchange.protocol === PROTOCOL.tcp) return judgeTcp(exchange, captured)
  const { forward, backward } = exchange
  if (forward.passes === 0) return undefined
  if (backward.passes > 0) return { sighting: 'answered', exchange, packets: forward.passes + backward.passes }
  const port = openingOf(exchange)?.ip.dport
  if (exchange.protocol === PROTOCOL.udp && port !== undefined && TELLING_PORTS.has(port)) return undefined
  return ASKING.has(exchange.protocol ?? -1) ? { sighting: 'unanswered', exchange, packets: forward.passes } : undefined
}

/** Protocols whose packets want an answer; of others (IGMP, VRRP, ESP) silence says nothing. */
const ASKING: ReadonlySet<number> = new Set([PROTOCOL.icmp, PROTOCOL.icmpv6, PROTOCOL.udp, PROTOCOL.sctp, PROTOCOL.dccp])

/** Nobody answers syslog, statsd, SNMP traps, NetFlow, IPFIX and sFlow. */
const TELLING_PORTS: ReadonlySet<number> = new Set([162, 514, 2055, 4739, 6343, 8125])

const OPEN: ReadonlySet<Finding['sighting']> = new Set(['syn-unanswered', 'unanswered', 'one-way', 'icmp-error', 'reset', 'large-lost'])

function withEnds(finding: Finding, captured: Captured): Finding {
  const { kept } = finding.exchange
  const maker = finding.sighting === 'reset' && finding.answer?.sights[0] ? makerOf(finding.answer.sights[0], captured) : finding.maker
  if (finding.sighting === 'reply-lost')
    return {
      ...finding,
      ends: endsOf(
        kept.filter(({ forward }) => !forward),
        captured,
      ),
    }
  if (!OPEN.has(finding.sighting)) return { ...finding, maker }
  return {
    ...finding,
    maker,
    ends: endsOf(
      kept.filter(({ forward }) => forward),
      captured,
    ),
  }
}
