import { PROTOCOL } from '../../../net/packet.ts'
import type { Captured } from './captured.ts'
import type { Exchange, Pass } from './exchange.ts'
import type { Finding } from './finding.ts'
import type { SeenError } from './icmp-errors.ts'
import { hopsOf, makerOf } from './maker.ts'
import type { Sight } from './sight.ts'

/** ICMP errors by the conversation that they are about; those about nothing in the capture stay alone. */
export interface Errors {
  readonly byExchange: ReadonlyMap<Exchange, readonly SeenError[]>
  readonly others: readonly SeenError[]
}

export function errorsOf(captured: Captured): Errors {
  const byExchange = new Map<Exchange, SeenError[]>()
  const others: SeenError[] = []
  const exchanges = captured.flows.exchanges()
  for (const error of captured.errors.list()) {
    const exchange = aboutOf(error, captured, exchanges)
    if (exchange) byExchange.set(exchange, [...(byExchange.get(exchange) ?? []), error])
    else others.push(error)
  }
  return { byExchange, others }
}

/** Without -v tcpdump shows the quoted packet's target only. */
function aboutOf({ quoted, first }: SeenError, captured: Captured, exchanges: readonly Exchange[]): Exchange | undefined {
  if (!quoted) return lastOf(first, exchanges)
  const exact = captured.flows.find(quoted)?.exchange
  if (exact || quoted.sport !== 0) return exact
  return exchanges
    .slice(0, 2000)
    .find(({ kept }) =>
      kept.some(
        ({ sights, forward }) =>
          forward &&
          sights.some(
            ({ ip }) =>
              ip.dst === quoted.dst &&
              ip.src === quoted.src &&
              (quoted.protocol === undefined || ip.protocol === quoted.protocol) &&
              (quoted.dport === 0 || ip.dport === quoted.dport),
          ),
      ),
    )
}

/** An error that does not tell what it is about: who got it sent something shortly before, and had no answer. */
function lastOf({ ip, time }: Sight, exchanges: readonly Exchange[]): Exchange | undefined {
  if (time === undefined || ip.dst === undefined) return undefined
  return exchanges.findLast(
    ({ kept, backward, last }) =>
      backward.passes === 0 && last !== undefined && Math.abs(time - last) < 5 && kept.some(({ sights }) => sights[0]?.ip.src === ip.dst),
  )
}

export function findingOfError(exchange: Exchange, error: SeenError, captured: Captured): Finding {
  const { first, icmp } = error
  const asked = askedBy(exchange, error)
  return {
    sighting: isTooBig(error) ? 'large-lost' : 'icmp-error',
    exchange,
    packets: error.count,
    by: first.ip.src,
    maker: makerOf(first, captured),
    length: isTooBig(error) ? (error.quoted?.length ?? exchange.forward.largest) : undefined,
    error,
    stage: isTooBig(error) ? undefined : stageOf(first, icmp.quoted?.ttl, asked),
    after: asked?.time !== undefined && first.time !== undefined ? first.time - asked.time : undefined,
  }
}

/** Fragmentation needed, packet too big. */
export function isTooBig({ first, icmp }: SeenError): boolean {
  return first.ip.protocol === PROTOCOL.icmpv6 ? icmp.type === 2 : icmp.type === 3 && icmp.code === 4
}

/** The packet that is quoted, where it was last seen before the error. */
function askedBy({ kept }: Exchange, { quoted, first }: SeenError): Sight | undefined {
  const before = (pass: Pass) => pass.sights.filter(({ number }) => number < first.number).at(-1)
  const same = kept.find(({ sights }) => quoted?.id !== undefined && quoted.id !== 0 && sights.some(({ ip }) => ip.id === quoted.id))
  const pass = same ?? kept.filter(({ forward }) => forward).find((candidate) => before(candidate) !== undefined)
  return pass && before(pass)
}

/**
 * ip_forward lowers the time to live before the FORWARD hook: what is quoted with the value that it arrived with was refused by routing or
 * INPUT, what is quoted one lower by FORWARD or behind it. `asked` is the packet as it was seen here, the error's own value tells how many
 * routers lie between.
 */
function stageOf(first: Sight, quoted: number | undefined, asked: Sight | undefined): Finding['stage'] {
  const { ttl } = first.ip
  if (quoted === undefined || asked?.ip.ttl === undefined || ttl === undefined) return undefined
  if (first.direction === 'out' && asked.direction === 'out') return undefined
  const between = first.direction === 'out' ? 0 : hopsOf(ttl)
  const lowered = asked.ip.ttl - quoted - between
  return lowered === 0 ? 'before-forward' : lowered === 1 ? 'forward-or-later' : undefined
}
