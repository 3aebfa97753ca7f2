import type { Source } from '../../facts/source.ts'
import type { Address } from '../../net/address.ts'
import type { CauseId } from '../causes/ids.ts'

/**
 * A fact about a flow or a state, as it was seen and not as the model says. Ids (`o1`, `o2` …) are given when all are gathered, in the
 * order of the evidence; `--without o3` leaves one out.
 */
export type Observation = { readonly id: string } & Observed

/** What a reader of notes, captures or logs finds. */
export type Observed = Attempted | PacketsSeen | Counted | StateSeen | Logged | Claimed

interface Told {
  /** One sentence, unescaped: it may quote the evidence. */
  readonly text: string
  /** undefined: from the command line. */
  readonly source: Source | undefined
  /** Of a connection or a log line, as it stands there. */
  readonly time?: string | undefined
}

/** What came of a connection that someone tried. */
export type Result =
  | 'connects'
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'reset'
  | 'stalls'
  | 'wrong-server'
  | 'exposed'
  /** sendto(): Operation not permitted */
  | 'not-permitted'
  /** The name did not resolve. */
  | 'no-name'
  /** It connects, and TLS or HTTP fails behind it. */
  | 'application-error'
  /** It failed, and how is not told. */
  | 'fails'

/** What sort of sender or target notes tell of, where they name none: "Pod → ClusterIP". */
export type Role = 'pod' | 'node' | 'container' | 'service' | 'outside'

export interface Attempt {
  /** A place as INTERFACE.md writes it; undefined where the notes do not tell it. */
  readonly from: string | undefined
  /** With `from: 'outside'`: where it came in, as far as told. */
  readonly src?: string | undefined
  readonly host?: string | undefined
  readonly iif?: string | undefined
  /** `203.0.113.80:443/tcp`, `svc/default/web:80/tcp`, or a name that nothing in the evidence resolves. */
  readonly to: string
  /** The name that was asked for, where `to` was resolved from it. */
  readonly name?: string | undefined
  readonly result: Result
  /** What the notes say of both ends; elimination goes by it where no evidence knows the places. */
  readonly roles?: { readonly from?: Role | undefined; readonly to?: Role | undefined; readonly sameNode?: boolean | undefined } | undefined
  /** Bytes of a ping, where told. */
  readonly length?: number | undefined
}

export interface Attempted extends Told {
  readonly kind: 'works' | 'fails'
  readonly attempt: Attempt
  /** culprit itself made the attempt, just now: it shows what is, not what somebody tells. */
  readonly probe?: true | undefined
}

/** Addresses of a flow, its first packet's way round. */
export interface SeenFlow {
  readonly protocol: number
  /** undefined: tcpdump printed a name (`srcName`) that nothing in the evidence resolves. */
  readonly src: Address | undefined
  readonly srcName?: string | undefined
  /** 0: the protocol has none, or the line does not tell. For ICMP echo the identifier. */
  readonly sport: number
  readonly dst: Address | undefined
  readonly dstName?: string | undefined
  readonly dport: number
}

/** One place where a packet was seen, and its header there. */
export interface SeenAt {
  readonly device: string
  readonly direction: 'in' | 'out' | undefined
  readonly flow: SeenFlow
  /** Where captures of several hosts or namespaces were joined. */
  readonly host?: string | undefined
  readonly netns?: string | undefined
  /** It was seen inside of a tunnel's packet. */
  readonly tunnel?: { readonly kind: string; readonly src: Address; readonly dst: Address } | undefined
}

/** What a capture shows of one flow, or of one exchange of ARP. */
export type Sighting =
  /** SYN after SYN, no answer in this capture. */
  | 'syn-unanswered'
  /** Requests of another protocol without an answer. */
  | 'unanswered'
  | 'answered'
  | 'reset'
  | 'icmp-error'
  /** Large packets again and again while small ones pass, or `fragmentation needed`. */
  | 'large-lost'
  /** Only one direction is there although it was captured at an end. */
  | 'one-way'
  /** The answer reaches this host and does not leave it: SYN-ACK after SYN-ACK comes in by one interface, none goes out. */
  | 'reply-lost'
  /** The asker resets a connection that it never asked for: an answer came back with the address from behind the translation. */
  | 'untranslated-reply'
  /** The same packet on several interfaces: its real way, translation included. */
  | 'way'
  /** The packet left, or came, by another interface than the model's. */
  | 'wrong-interface'
  | 'arp-unanswered'
  | 'duplicate-address'
  | 'bad-checksum'
  /** A wrong checksum of an outgoing packet, which the card fills in. */
  | 'offloaded-checksum'

export interface PacketsSeen extends Told {
  readonly kind: 'packet'
  readonly sighting: Sighting
  readonly flow: SeenFlow | undefined
  readonly host: string | undefined
  readonly netns: string
  /** In the order that the packet was seen there. */
  readonly interfaces: readonly SeenAt[]
  /** The same of the answer, where one was seen. */
  readonly replies?: readonly SeenAt[] | undefined
  /**
   * Of a request without an answer: it came in and this host, all of whose interfaces were captured, never sent it on (`here`: dropped, or
   * delivered to a program that is silent), or it was sent on (`beyond`). undefined: the capture does not tell.
   */
  readonly ends?: 'here' | 'beyond' | undefined
  /** How many such packets. */
  readonly packets?: number | undefined
  /** Who sent the RST, the ICMP error or the ARP reply. */
  readonly by?: Address | undefined
  /** What the frame tells of who really made the RST or ICMP error, whatever source address it bears. */
  readonly maker?: Maker | undefined
  readonly icmp?: { readonly type: number; readonly code: number; readonly mtu?: number | undefined } | undefined
  /** Of an ICMP error: the quoted packet had not been forwarded yet (routing made it), or it had (a rule in FORWARD, or what comes after). */
  readonly stage?: 'before-forward' | 'forward-or-later' | undefined
  /** Of a TCP connection that was reset: it had been made before. */
  readonly established?: true | undefined
  /** Where the packet's real way leaves the model's: what of it is another there. */
  readonly parting?: 'device' | 'passed' | 'lost' | 'source' | 'destination' | undefined
  /** Bytes of the largest packet that was lost. */
  readonly length?: number | undefined
  /** Link-layer addresses that claim the same IP address. */
  readonly macs?: readonly string[] | undefined
}

/** Who made a RST or an ICMP error. */
export interface Maker {
  /** `self`: the capturing host; `link`: a machine on the captured link, no hop away; `behind`: at least one router away. */
  readonly at: 'self' | 'link' | 'behind'
  readonly hops: number | undefined
  readonly mac: string | undefined
  /** The address that ARP tells for that MAC: the router that answered in another's name. */
  readonly address: Address | undefined
  /** The source address is another's: a firewall's REJECT, not the target's own answer. */
  readonly forged: boolean
}

export interface Counted extends Told {
  readonly kind: 'counter'
  readonly packets: number
  readonly rule?: { readonly table: string; readonly chain: string; readonly rule: number } | undefined
}

/** The state of an object: a pod, a container, a link, a table that is full. */
export interface StateSeen extends Told {
  readonly kind: 'state'
  readonly host: string | undefined
  readonly object: string
}

/** A line of a log, understood by a signature or by its form (TRACE, LOG, conntrack). */
export interface Logged extends Told {
  readonly kind: 'log'
  readonly cause: CauseId | undefined
  readonly host: string | undefined
  /** Of a traced packet: the rules that it met, in order. */
  readonly way?: readonly LoggedStep[]
  readonly flow?: SeenFlow | undefined
  /** The error text of knowledge/signatures that it is, and how often it stands in its file. */
  readonly signature?: {
    readonly id: string
    readonly title: string
    readonly severity: 'error' | 'warning' | 'info'
    /** A wrapper of other errors. */
    readonly general: boolean
    readonly count: number
    readonly lastLine: number
  }
}

/** A rule or policy that a traced packet met, as the log shows it and as the ruleset has it. */
export interface LoggedStep {
  readonly family?: string | undefined
  readonly table: string
  readonly chain: string
  /** 1-based; of a policy undefined. */
  readonly rule: number | undefined
  /** ACCEPT, DROP, REJECT, DNAT, JUMP …: of the rule in the ruleset where the log does not tell. */
  readonly verdict: string | undefined
  readonly step?: 'rule' | 'policy' | 'return' | undefined
  /** The rule as the ruleset has it, or as the log shows it. */
  readonly text?: string | undefined
  /** Where the rule stands in the ruleset. */
  readonly source?: Source | undefined
}

/** What the notes assert. It is evidence of what somebody thinks, and is held against the rest. */
export interface Claimed extends Told {
  readonly kind: 'claim'
  readonly asserts: 'cause' | 'ruled-out'
  /** undefined: nothing in causes.yaml says the same. */
  readonly causes: readonly CauseId[]
  /** Whom it accuses or clears: `Calico`, `NetworkPolicy`. */
  readonly subject: string
  /** What the claim rests on, where it says. */
  readonly inference?: 'counter-size' | 'hook' | 'order' | 'other' | undefined
}
