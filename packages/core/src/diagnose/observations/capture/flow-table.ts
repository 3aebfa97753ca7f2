import type { CapturedIp } from '../../../facts/captured-packet.ts'
import { PROTOCOL, TCP_FLAGS } from '../../../net/packet.ts'
import { account, type Exchange, merge, newExchange, type Pass, rootOf } from './exchange.ts'
import { reverseOf, type Sight, tupleOf } from './sight.ts'

interface Leg {
  exchange: Exchange
  forward: boolean
}

/** A capture of a port scan or a busy host holds more flows than anyone reads about. */
const MAX_EXCHANGES = 20_000
const RECENT = 20_000
const SIGHTS = 24
/** Seconds between two sightings of the same packet: with its IP identification, and with its sequence number alone. */
const WINDOW = { sure: 3, unsure: 0.19 }

/**
 * Joins what was seen of each packet into its way, and packets into conversations: by IP identification, sequence numbers and content,
 * which address translation leaves alone. Memory is bounded whatever the capture's size.
 */
export class FlowTable {
  /** Flows that were passed over since there are too many. */
  dropped = 0
  #legs = new Map<string, Leg>()
  #exchanges: Exchange[] = []
  #recent = new Map<string, Pass>()

  /**
   * @param joinable false: of a capture of one interface, which shows a packet once
   * @returns the packet's way as known so far; none for what is no flow (later fragments), or one flow too many
   */
  add(sight: Sight, joinable = true): Pass | undefined {
    const { ip } = sight
    if (ip.fragment && ip.fragment.offset > 0) return undefined
    const tuple = tupleOf(ip)
    const leg = this.#legs.get(tuple) ?? (isTelling(ip) ? undefined : this.#open(ip))
    const key = keyOf(ip, leg && rootOf(leg.exchange))
    const recent = joinable ? this.#recent.get(key) : undefined
    if (recent && fits(recent, sight)) {
      this.#join(recent, sight, leg)
      return recent
    }
    const own = leg ?? this.#open(ip)
    if (!own) return undefined
    const exchange = rootOf(own.exchange)
    const pass: Pass = { key, exchange, forward: own.forward, sights: [sight] }
    if (joinable) this.#remember(key, pass)
    account(exchange, pass, sight)
    return pass
  }

  /** Conversations in the order of their first packets. */
  exchanges(): readonly Exchange[] {
    return this.#exchanges.filter((exchange) => exchange.into === undefined)
  }

  /** The conversation that this packet, or one that is quoted, belongs to, and its way round. */
  find(ip: CapturedIp): Leg | undefined {
    const leg = this.#legs.get(tupleOf(ip))
    return leg && { exchange: rootOf(leg.exchange), forward: leg.forward }
  }

  #open(ip: CapturedIp): Leg | undefined {
    if (this.#exchanges.length >= MAX_EXCHANGES) {
      this.dropped++
      return undefined
    }
    const exchange = newExchange(this.#exchanges.length, ip.protocol)
    this.#exchanges.push(exchange)
    const forward = !looksLikeAnswer(ip)
    this.#register(ip, exchange, forward)
    return { exchange, forward }
  }

  #register(ip: CapturedIp, exchange: Exchange, forward: boolean): void {
    this.#legs.set(tupleOf(ip), { exchange, forward })
    this.#legs.set(reverseOf(ip), { exchange, forward: !forward })
  }

  #join(pass: Pass, sight: Sight, leg: Leg | undefined): void {
    const exchange = rootOf(pass.exchange)
    if (!leg) this.#register(sight.ip, exchange, pass.forward)
    else {
      const other = rootOf(leg.exchange)
      if (other !== exchange) {
        const flip = leg.forward !== pass.forward
        merge(exchange, other, flip)
        this.#register(sight.ip, exchange, pass.forward)
      }
    }
    if (pass.sights.length < SIGHTS) pass.sights.push(sight)
  }

  #remember(key: string, pass: Pass): void {
    this.#recent.delete(key)
    this.#recent.set(key, pass)
    if (this.#recent.size > RECENT) this.#recent.delete(this.#recent.keys().next().value as string)
  }
}

/**
 * Equal for all sightings of one packet. Numbers that tcpdump counts from the connection's beginning are the same in many connections: they
 * need the IP identification, or count within one conversation only.
 */
function keyOf(ip: CapturedIp, exchange: Exchange | undefined): string {
  const { tcp, icmp, id = 0, payload, digest } = ip
  const within = isTelling(ip) ? '' : `${exchange?.id}`
  const transport = tcp ? `${tcp.seq}/${tcp.ack}/${tcp.flags}` : icmp ? `${icmp.type}/${icmp.sequence}` : ''
  return `${ip.protocol}|${within}|${id}|${transport}|${payload}|${tcp ? '' : digest}`
}

/** There is something in it that no other packet has. */
const isTelling = ({ tcp, id = 0, digest }: CapturedIp): boolean => id !== 0 || (tcp !== undefined && !tcp.relative) || digest !== 0

/** Its key holds beyond the capture that it comes from. */
export const isSure = (pass: Pass): boolean => pass.sights[0] !== undefined && isTelling(pass.sights[0].ip)

function fits(pass: Pass, sight: Sight): boolean {
  const last = pass.sights.at(-1) as Sight
  const gap = sight.time === undefined || last.time === undefined ? 0 : Math.abs(sight.time - last.time)
  if (gap > ((sight.ip.id ?? 0) !== 0 ? WINDOW.sure : WINDOW.unsure)) return false
  if (!related(last.ip, sight.ip)) return false
  const again = pass.sights.some((known) => samePlace(known, sight))
  // `-i any` of older kernels does not tell devices: a port of a bridge and the bridge look like one place
  return !again || (sight.device === '' && sight.direction !== undefined && gap < 0.005)
}

const samePlace = (a: Sight, b: Sight): boolean =>
  a.device === b.device && a.direction === b.direction && (a.tunnel === undefined) === (b.tunnel === undefined)

/** Address translation changes an address or a port, hardly ever all of them at once. */
const related = (a: CapturedIp, b: CapturedIp): boolean =>
  a.src === b.src || a.dst === b.dst || (a.sport !== 0 && a.sport === b.sport) || (a.dport !== 0 && a.dport === b.dport)

/** A capture that begins in the middle shows answers first. */
function looksLikeAnswer({ tcp, icmp, protocol, sport, dport }: CapturedIp): boolean {
  if (icmp) return icmp.type === 0 || icmp.type === 129
  if (tcp && (tcp.flags & TCP_FLAGS.syn) !== 0) return (tcp.flags & TCP_FLAGS.ack) !== 0
  const servers = (port: number): boolean => port > 0 && port < 1024
  if (protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp) return servers(sport) && !servers(dport)
  return false
}
