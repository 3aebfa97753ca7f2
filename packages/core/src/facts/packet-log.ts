import type { Address, Family } from '../net/address.ts'
import type { Source } from './source.ts'

/** A packet's header as a log line or a trace shows it. What the line does not tell is undefined. */
export interface LoggedPacket {
  readonly family: Family
  readonly inDevice: string | undefined
  readonly outDevice: string | undefined
  /** bridge ports, with br_netfilter */
  readonly physIn: string | undefined
  readonly physOut: string | undefined
  readonly sourceMac: string | undefined
  readonly destinationMac: string | undefined
  readonly src: Address
  readonly dst: Address
  readonly protocol: number | undefined
  readonly sport: number | undefined
  readonly dport: number | undefined
  /** TCP flag bits, as in the header */
  readonly flags: number | undefined
  readonly icmpType: number | undefined
  readonly icmpCode: number | undefined
  readonly ttl: number | undefined
  readonly length: number | undefined
  /** IP identification: tells packets of one connection apart */
  readonly ipId: number | undefined
  readonly tos: number | undefined
  readonly mark: number | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** The header that an ICMP error quotes. */
  readonly inner: LoggedPacket | undefined
}

/** When and where a line was logged, as it stands: `May 20 13:01:14`, an ISO date, seconds since boot. */
export interface LogTime {
  readonly time: string | undefined
  readonly uptime: number | undefined
  readonly host: string | undefined
}

/** A rule, policy or end of a chain that a traced packet met. */
export interface TraceStep extends LogTime {
  readonly kind: 'trace'
  readonly backend: 'kernel-log' | 'xtables-monitor' | 'nft-monitor'
  /** One packet's steps share it; the kernel log has none. */
  readonly id: string | undefined
  readonly family: 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev'
  readonly table: string
  readonly chain: string
  /** `packet`: only shows the packet as it enters the chain. `return`: the end of a user chain. */
  readonly step: 'rule' | 'return' | 'policy' | 'packet'
  /** 1-based, as --line-numbers counts; kernel log only. For a policy it is one more than the chain has rules. */
  readonly rule: number | undefined
  readonly handle: number | undefined
  /** ACCEPT, DROP, CONTINUE, RETURN, JUMP, GOTO …; the kernel log does not tell */
  readonly verdict: string | undefined
  /** the chain of a JUMP or GOTO */
  readonly target: string | undefined
  /** the rule as shown */
  readonly text: string | undefined
  /** undefined on the lines of a monitor that do not repeat it */
  readonly packet: LoggedPacket | undefined
  readonly source: Source
}

/** A line of a LOG rule. */
export interface LogEntry extends LogTime {
  readonly kind: 'log'
  /** --log-prefix with its blanks */
  readonly prefix: string
  readonly packet: LoggedPacket
  readonly source: Source
}
