import type { Source } from '../facts/source.ts'
import type { Packet } from '../net/packet.ts'

/**
 * What a trace says, closed unions as docs/reference/verdicts.md lists them. Data only: sentences are made in report/.
 */
export type Verdict = 'delivered' | 'forwarded' | 'dropped' | 'rejected' | 'unknown'

export type Reason =
  | 'rule' // a rule accepted, dropped or rejected it
  | 'policy' // a base chain's policy did
  | 'delivered' // nothing was in its way
  | 'no-route'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'rp-filter'
  | 'forwarding-off'
  | 'martian'
  | 'ttl-exceeded'
  | 'no-neighbour'
  | 'hairpin-off'
  | 'port-isolated'
  | 'link-down'
  | 'too-big'
  | 'loop'
  | 'nat-failed'
  | 'invalid-source'
  | 'not-for-us' // a unicast frame for another MAC address
  | 'taken' // another part of the kernel took it: a queue, a proxy, SYNPROXY
  | 'missing-evidence'
  | 'ebpf'

/** What the sender sees. */
export type Connection = 'connects' | 'refused' | 'timeout' | 'unreachable' | 'unknown'

export interface Location {
  readonly host: string
  /** '' is the host's own namespace. */
  readonly netns: string
  readonly interface: string
}

/** One thing that happened to the packet, in the kernel's order. */
export interface Step {
  readonly kind: 'rule' | 'policy' | 'return' | 'route' | 'bridge' | 'neighbour' | 'encap' | 'decap' | 'local' | 'skipped'
  readonly host: string
  readonly netns: string
  /** PREROUTING … as iptables prints hooks; '' outside hooks. */
  readonly hook: string
  /** Family and table: `ip`, `nat`. For iptables tables the family is that of the command. */
  readonly family?: string
  readonly table?: string
  readonly chain?: string
  readonly rule?: number
  readonly text: string
  /** ACCEPT DROP REJECT RETURN JUMP GOTO CONTINUE DNAT SNAT MASQUERADE REDIRECT MARK … */
  readonly effect?: string
  /** Why a rule that was looked at did not match (only with `verbose`): its first condition that failed. */
  readonly failed?: string
  readonly route?: { readonly type: string; readonly dev?: string; readonly via?: string; readonly src?: string; readonly table?: string }
  /** The packet after this step, where the step changed it. */
  readonly packet?: Packet
  /** For chance: the probability of this branch; for unknown and assumed: what was taken for granted. */
  readonly assumption?: string
  readonly evidence?: Source
}

export interface Missing {
  readonly evidence: string
  readonly why: string
}

export interface Outcome {
  readonly probability: number | null
  readonly verdict: Verdict
  readonly reason: Reason
  readonly connection: Connection
  readonly at: Location
  /** The packet as its sender made it, so that a report can show what changed on the way. */
  readonly sent?: Packet | undefined
  readonly packet: Packet
  readonly steps: readonly Step[]
  readonly decidedBy: number | null
  readonly missing: readonly Missing[]
  /** How a rejection looks to the sender: `icmp-port-unreachable`, `tcp-reset`, `icmp-host-unreachable` … */
  readonly answer?: string | undefined
  /** Assumptions that this outcome rests on, in sentences. */
  readonly assumptions: readonly string[]
  /** The answer's way back; null when there is no answer. */
  readonly reply: Outcome | null
}

/** A request line of `trace --requests`, as INTERFACE.md gives it. */
export interface TraceRequest {
  readonly id?: number | string
  readonly from: string
  readonly to: string
  readonly src?: string
  readonly host?: string
  readonly iif?: string
  readonly sport?: number
  /** `syn`, `ack`, `fin`, `rst`, `syn,ack` */
  readonly flags?: string
  readonly mark?: number | string
  readonly ttl?: number
  readonly tos?: number
  readonly length?: number
  /** TYPE or TYPE/CODE */
  readonly icmp?: string | number
}

export interface TraceResult {
  readonly schema: 'culprit.trace/v1'
  readonly id?: number | string
  readonly request: TraceRequest
  readonly outcomes: readonly Outcome[]
}
