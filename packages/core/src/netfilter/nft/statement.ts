import type { Expression, SetElement, Verdict } from './expression.ts'

/** A condition: the rule ends where it does not hold. `in`: any of these flags is set (`ct state new,related`). */
export interface MatchStatement {
  readonly kind: 'match'
  readonly left: Expression
  readonly op: '==' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | '!'
  readonly right: Expression
}
/** `KEY vmap …` */
export interface VmapStatement {
  readonly kind: 'vmap'
  readonly key: Expression
  readonly data: Expression
}
/** Without figures in a stateless list (`nft -s`). */
export interface CounterStatement {
  readonly kind: 'counter'
  readonly packets?: number
  readonly bytes?: number
}
/** `meta mark set …`, `ct mark set …`, `ip dscp set …` */
export interface MangleStatement {
  readonly kind: 'mangle'
  readonly target: Expression
  readonly value: Expression
}
export interface NatStatement {
  readonly kind: 'snat' | 'dnat' | 'masquerade' | 'redirect'
  /** `dnat ip to`: the family where the table has both. */
  readonly family?: 'ip' | 'ip6'
  readonly address?: Expression
  readonly port?: Expression
  /** random, fully-random, persistent */
  readonly flags: readonly string[]
  /** `snat ip prefix to`, `dnat ip addr . port to`, `interval` in older versions. */
  readonly typeFlags?: readonly string[]
}
export interface RejectStatement {
  readonly kind: 'reject'
  /** undefined: nft's own default, port-unreachable. */
  readonly type?: 'tcp reset' | 'icmp' | 'icmpv6' | 'icmpx'
  readonly code?: Expression
}
export interface LogStatement {
  readonly kind: 'log'
  readonly prefix?: string
  readonly group?: number
  readonly snaplen?: number
  readonly queueThreshold?: number
  readonly level?: string
  /** `all`, `skuid`, `ether`, `tcp sequence,options`, `ip options` as JSON names them: `tcp sequence`, `tcp options`, … */
  readonly flags?: readonly string[]
}
export interface LimitStatement {
  readonly kind: 'limit'
  readonly over: boolean
  readonly rate: number
  /** `packets`, or bytes, kbytes, mbytes */
  readonly unit: string
  readonly per: string
  readonly burst?: number
  readonly burstUnit?: string
}
export interface QuotaStatement {
  readonly kind: 'quota'
  readonly over: boolean
  readonly value: number
  readonly unit: string
  readonly used?: number
  readonly usedUnit?: string
}
/** `last used 5s`: when it was last met. */
export interface LastStatement {
  readonly kind: 'last'
  readonly used?: string
}
export interface NotrackStatement {
  readonly kind: 'notrack'
}
export interface CtCountStatement {
  readonly kind: 'ct-count'
  readonly over: boolean
  readonly value: number
}
/** A named object: `counter name "x"`, `ct helper set "x"`; or a map that gives its name. */
export interface ObjectReferenceStatement {
  readonly kind: 'object'
  readonly type: 'counter' | 'quota' | 'limit' | 'ct helper' | 'ct timeout' | 'ct expectation' | 'secmark' | 'synproxy' | 'tunnel'
  readonly name: Expression
}
export interface DupStatement {
  readonly kind: 'dup'
  readonly to: Expression
  readonly device?: Expression
}
export interface FwdStatement {
  readonly kind: 'fwd'
  readonly to: Expression
  readonly family?: 'ip' | 'ip6'
  readonly device?: Expression
}
export interface QueueStatement {
  readonly kind: 'queue'
  readonly number?: Expression
  readonly flags: readonly string[]
}
export interface TproxyStatement {
  readonly kind: 'tproxy'
  readonly family?: 'ip' | 'ip6'
  readonly address?: Expression
  readonly port?: Expression
}
export interface SynproxyStatement {
  readonly kind: 'synproxy'
  readonly mss?: number
  readonly wscale?: number
  /** timestamp, sack-perm */
  readonly flags: readonly string[]
}
/** `update @s { ip saddr timeout 1h counter : 5 }` */
export interface SetUpdateStatement {
  readonly kind: 'set-update'
  readonly op: 'add' | 'update' | 'delete'
  readonly set: string
  readonly element: SetElement
}
/** `meter name size 65535 { ip saddr limit rate … }` */
export interface MeterStatement {
  readonly kind: 'meter'
  readonly name: string
  readonly size?: number
  readonly element: SetElement
}
/** `flow add @f` */
export interface FlowOffloadStatement {
  readonly kind: 'flow'
  readonly flowtable: string
}
/** `reset tcp option mptcp` */
export interface ResetStatement {
  readonly kind: 'reset'
  readonly option: Expression
}
/** An iptables extension inside a native rule (iptables-nft); what it does, only iptables-save tells. */
export interface XtStatement {
  readonly kind: 'xt'
  /** match, target or watcher */
  readonly type: string
  readonly name: string
  /** as it was shown */
  readonly text: string
}
/** A statement that was not understood; it and what follows make the rule's answer unknown. */
export interface OpaqueStatement {
  readonly kind: 'opaque'
  readonly text: string
}

export type Statement =
  | MatchStatement
  | VmapStatement
  | Verdict
  | CounterStatement
  | MangleStatement
  | NatStatement
  | RejectStatement
  | LogStatement
  | LimitStatement
  | QuotaStatement
  | LastStatement
  | NotrackStatement
  | CtCountStatement
  | ObjectReferenceStatement
  | DupStatement
  | FwdStatement
  | QueueStatement
  | TproxyStatement
  | SynproxyStatement
  | SetUpdateStatement
  | MeterStatement
  | FlowOffloadStatement
  | ResetStatement
  | XtStatement
  | OpaqueStatement
