import { formatAddress } from '../../../net/address.ts'
import type { SeenAt } from '../observation.ts'
import type { Captured } from './captured.ts'
import { keptByBridge } from './ends.ts'
import type { Finding } from './finding.ts'
import { icmpWords } from './icmp-words.ts'
import { flowText } from './sight.ts'
import { askedFlow } from './tcp.ts'

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

/** What a finding says, in a sentence. `others`: connections to the same place that fared the same. */
export function sentenceOf(finding: Finding, captured: Captured, way: readonly SeenAt[], others: number): string {
  const asked = askedFlow(finding.exchange)
  const flow = asked ? flowText(asked) : 'a flow whose beginning is not in the capture'
  const more = others > 0 ? `, and ${others} more like it` : ''
  return `${flow}: ${fateOf(finding)}${endText(finding, captured, way)}${more}`
}

function fateOf(finding: Finding): string {
  const { exchange, packets, by, length } = finding
  const from = by === undefined ? 'somebody' : formatAddress(by)
  switch (finding.sighting) {
    case 'syn-unanswered':
      return `SYN sent ${times(packets)}, no answer`
    case 'unanswered':
      return `sent ${times(packets)}, no answer`
    case 'answered':
      return exchange.backward.synAck > 0 ? 'the connection was made' : 'answered'
    case 'reset':
      return `reset by ${from}${makerText(finding)}`
    case 'icmp-error':
      return `${errorText(finding)} from ${from}${makerText(finding)}${stageText(finding)}`
    case 'large-lost':
      return finding.error
        ? `${errorText(finding)} from ${from}`
        : `segments of ${length} bytes were sent again ${times(packets)} and never acknowledged, smaller ones were`
    case 'one-way':
      return `${packets} packets in one direction, none in the other`
    case 'reply-lost':
      return `SYN-ACK answered ${times(packets)}, and the connection was not made: the answer is lost on its way back`
    case 'untranslated-reply':
      return `the answer came from ${from}, which is not the address that was asked, and the asker refused it: the answer did not come back through the translation`
    default:
      return finding.sighting
  }
}

function errorText({ error }: Finding): string {
  if (!error) return 'ICMP error'
  const { icmp, first, count } = error
  return `ICMP ${icmpWords(first.ip.protocol, icmp.type, icmp.code, icmp.mtu)}${count > 1 ? ` (${count} times)` : ''}`
}

function makerText({ maker }: Finding): string {
  if (!maker) return ''
  if (maker.at === 'self') return maker.forged ? ', made by the capturing host itself in that name' : ', made by the capturing host itself'
  if (maker.at === 'link' && maker.forged)
    return `, in its name made by ${maker.address === undefined ? 'a machine' : formatAddress(maker.address)} on the same link`
  return maker.at === 'behind' ? `, ${maker.hops === 1 ? 'one router' : `${maker.hops} routers`} away` : ''
}

function stageText({ stage, after }: Finding): string {
  const late = after !== undefined && after >= 0.9 ? ` after ${after.toFixed(1)} s, as when a next hop does not answer` : ''
  if (stage === 'before-forward') return `${late}, before it was forwarded (by routing or INPUT)`
  return stage === 'forward-or-later' ? `${late}, when it was being forwarded (FORWARD or later)` : late
}

function endText(finding: Finding, captured: Captured, way: readonly SeenAt[]): string {
  const places = way.filter(({ device }) => device !== '').map(({ device, direction }) => `${device}${direction ? ` ${direction}` : ''}`)
  const path = places.length > 0 ? `; seen on ${places.join(', ')}` : ''
  if (finding.ends === 'here') {
    const pass = finding.exchange.kept.find(({ forward }) => forward === (finding.sighting !== 'reply-lost'))
    const bridge = pass && keptByBridge(pass, captured)
    const what = finding.sighting === 'reply-lost' ? 'the answer' : 'it'
    return `${path}; ${bridge ? `${bridge} gave ${what} to no port` : `${what} never left this host`}`
  }
  return finding.ends === 'beyond' && finding.sighting.endsWith('unanswered') ? `${path}; it left this host` : path
}
