import type { CapturedIp } from '../../../facts/captured-packet.ts'
import type { Address } from '../../../net/address.ts'
import type { Captured } from './captured.ts'
import type { Exchange } from './exchange.ts'
import { reverseOf, tupleOf } from './sight.ts'
import { openingOf } from './tcp.ts'

/** Answers that came with an address that the asker did not ask: to whom, from where; and conversations that are only the complaint about it. */
export interface Strays {
  readonly from: ReadonlyMap<Exchange, Address | undefined>
  readonly complaints: ReadonlySet<Exchange>
}

/**
 * Finds them by what the asker does: TCP resets from the very port and with the very number that it asked with, UDP refuses by ICMP. The
 * answer itself may have come by a way that was not captured.
 */
export function straysOf(captured: Captured): Strays {
  const exchanges = captured.flows.exchanges()
  const from = new Map<Exchange, Address | undefined>()
  const complaints = new Set<Exchange>()
  const asked = new Map<string, Exchange>()
  for (const exchange of exchanges) {
    const opened = openingOf(exchange)
    if (opened && (exchange.forward.syn > 0 || !opened.ip.tcp)) asked.set(originOf(opened.ip), exchange)
  }
  for (const exchange of exchanges) {
    if (exchange.forward.syn > 0) continue
    for (const { sights } of exchange.resets) {
      const rst = sights[0]?.ip
      const owner = rst && asked.get(originOf(rst))
      const opened = owner && openingOf(owner)?.ip.tcp
      if (!owner || owner === exchange || owner.backward.passes > 0 || opened?.seq === undefined) continue
      if (rst.tcp?.seq !== (opened.seq + 1) >>> 0) continue
      from.set(owner, rst.dst)
      complaints.add(exchange)
    }
  }
  for (const { first, icmp } of captured.errors.list()) {
    const answer = icmp.quoted
    // only who got the answer can refuse it
    if (!answer || answer.dport === 0 || answer.tcp || first.ip.src !== answer.dst) continue
    const owner = asked.get(`${answer.dst ?? answer.dstName}:${answer.dport}/${answer.protocol}`)
    const opened = owner && openingOf(owner)
    if (!owner || !opened || reverseOf(answer) === tupleOf(opened.ip)) continue
    from.set(owner, answer.src)
    const leg = captured.flows.find(answer)
    if (leg && leg.exchange !== owner) complaints.add(leg.exchange)
  }
  return { from, complaints }
}

const originOf = (ip: CapturedIp): string => `${ip.src ?? ip.srcName}:${ip.sport}/${ip.protocol}`
