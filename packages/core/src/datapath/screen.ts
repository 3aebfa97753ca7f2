import type { Packet } from '../net/packet.ts'
import type { Rule } from '../netfilter/iptables/ast.ts'
import type { Match } from '../netfilter/iptables/matches/index.ts'
import type { PortMatch } from '../netfilter/iptables/matches/ports.ts'

/** Words of a row: what is asked, and then each condition's own. */
const WIDTH = 8
const [PROTOCOL, SOURCE, DESTINATION, SPORT, DPORT] = [1, 2, 4, 8, 16]
/** The bit of a condition that is negated. */
const NOT = 8
/** The rule asks for more than its row says. */
const MORE = 1 << 16

/** What of a rule its row says, so that nobody asks again. */
export interface Screened {
  readonly header: boolean
  /** The match whose ports are in the row. */
  readonly ports: Match | undefined
}

/**
 * What most rules ask of a packet (protocol, IPv4 addresses under masks, one range of ports), as rows of numbers one behind the other. Most rules
 * that a packet comes to do not match it: to pass over one touches one line of memory here, and a dozen where its conditions are objects and closures.
 */
export class Screen {
  #rows = new Int32Array(64 * WIDTH)
  #count = 0

  /** Adds a row for each of the rules and returns the number of the first. */
  add(rules: readonly Rule[]): number {
    const first = this.#count
    this.#count += rules.length
    if (this.#count * WIDTH > this.#rows.length) {
      const larger = new Int32Array(Math.max(this.#rows.length * 2, this.#count * WIDTH))
      larger.set(this.#rows)
      this.#rows = larger
    }
    for (let i = 0; i < rules.length; i++) this.#write((first + i) * WIDTH, rules[i] as Rule)
    return first
  }

  #write(at: number, rule: Rule): void {
    const rows = this.#rows
    const { protocol, source, destination } = rule.header
    const ports = portsOf(rule)
    let asks = 0
    if (protocol) {
      asks |= asked(PROTOCOL, protocol.negated)
      rows[at + 1] = protocol.protocol
    }
    if (typeof source?.address === 'number') {
      asks |= asked(SOURCE, source.negated)
      rows[at + 2] = source.address
      rows[at + 3] = source.mask as number
    }
    if (typeof destination?.address === 'number') {
      asks |= asked(DESTINATION, destination.negated)
      rows[at + 4] = destination.address
      rows[at + 5] = destination.mask as number
    }
    if (ports?.sport) {
      asks |= asked(SPORT, ports.sport.negated)
      rows[at + 6] = packed(ports.sport)
    }
    if (ports?.dport) {
      asks |= asked(DPORT, ports.dport.negated)
      rows[at + 7] = packed(ports.dport)
    }
    rows[at] = asksMore(rule, screened(rule, ports)) ? asks | MORE : asks
  }

  /** Is anything left to be asked of a packet that passed? */
  asksMore(row: number): boolean {
    return ((this.#rows[row * WIDTH] as number) & MORE) > 0
  }

  /** false: the rule of this row does not match the packet. true: all that the row says holds. */
  passes(row: number, packet: Packet): boolean {
    const rows = this.#rows
    const at = row * WIDTH
    const asks = rows[at] as number
    if (asks & PROTOCOL && (packet.protocol === rows[at + 1]) === (asks & (PROTOCOL << NOT)) > 0) return false
    if (asks & DESTINATION && this.#holds(at + 4, packet.dst) === (asks & (DESTINATION << NOT)) > 0) return false
    if (asks & SOURCE && this.#holds(at + 2, packet.src) === (asks & (SOURCE << NOT)) > 0) return false
    if (asks & DPORT && within(rows[at + 7] as number, packet.dport) === (asks & (DPORT << NOT)) > 0) return false
    return !(asks & SPORT && within(rows[at + 6] as number, packet.sport) === (asks & (SPORT << NOT)) > 0)
  }

  #holds(at: number, address: Packet['src']): boolean {
    return typeof address === 'number' && (address & (this.#rows[at + 1] as number)) === this.#rows[at]
  }
}

const asked = (condition: number, negated: boolean): number => condition | (negated ? condition << NOT : 0)
const packed = ({ first, last }: PortMatch): number => (first << 16) | last
const within = (ports: number, port: number): boolean => port >= ports >>> 16 && port <= (ports & 0xffff)

type PortsMatch = Extract<Match, { readonly kind: 'tcp' | 'udp' }>

/** The first match of ports, which stand only behind their protocol. */
function portsOf(rule: Rule): PortsMatch | undefined {
  if (!rule.header.protocol) return undefined
  return rule.matches.find((match): match is PortsMatch => match.kind === 'tcp' || match.kind === 'udp')
}

/** What of this rule its row says whole: no other condition stands beside it there. */
export function screened(rule: Rule, ports = portsOf(rule)): Screened {
  const { source, destination, iif, oif, fragment } = rule.header
  const whole = ports && (ports.kind === 'udp' || (!ports.flags && !ports.option))
  return {
    header: !iif && !oif && !fragment && typeof (source?.address ?? 0) === 'number' && typeof (destination?.address ?? 0) === 'number',
    ports: whole ? ports : undefined,
  }
}

function asksMore(rule: Rule, { header, ports }: Screened): boolean {
  if (!header || rule.opaque.length || rule.hidden) return true
  for (const match of rule.matches) if (match.kind !== 'comment' && match !== ports) return true
  return false
}
