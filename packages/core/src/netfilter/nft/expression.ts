import type { NftRule } from './ast.ts'
import type { Statement } from './statement.ts'

/**
 * Expressions of the nftables language, after libnftables-json(5). A value is kept as the text nft prints
 * (`0x00000010`, `10.0.0.1`, `established`, `4d23h`), so that it prints back unchanged; its datatype follows from the
 * expression beside it (datatype.ts).
 */
export interface Value {
  readonly kind: 'value'
  /** Without quotes; a quoted string keeps its escapes and its trailing `*`. */
  readonly text: string
  readonly quoted?: true
}
/** `established,related`: flags joined by commas. */
export interface ListExpression {
  readonly kind: 'list'
  readonly items: readonly Expression[]
}
export interface RangeExpression {
  readonly kind: 'range'
  readonly first: Expression
  readonly last: Expression
}
export interface PrefixExpression {
  readonly kind: 'prefix'
  readonly address: Expression
  readonly length: number
}
/** `ip saddr . tcp dport`, and the values of such a key. */
export interface ConcatExpression {
  readonly kind: 'concat'
  readonly parts: readonly Expression[]
}
/** Two or more operands of one operator, applied from the left. */
export interface BinaryExpression {
  readonly kind: 'binary'
  readonly op: '&' | '|' | '^' | '<<' | '>>'
  readonly operands: readonly Expression[]
}
/** `{ 22, 80-90 }`: an anonymous set, or with data in its elements an anonymous map. */
export interface SetLiteral {
  readonly kind: 'set'
  readonly elements: readonly SetElement[]
}
/** `@name` */
export interface SetReference {
  readonly kind: 'set-reference'
  readonly name: string
}
/** `KEY map { … }`, `KEY map @name` */
export interface MapExpression {
  readonly kind: 'map'
  readonly key: Expression
  readonly data: Expression
}
/** `ip saddr`, `tcp dport`; `tunnel`: the outer header that it lies in (`vxlan ip saddr`). */
export interface PayloadExpression {
  readonly kind: 'payload'
  readonly protocol: string
  readonly field: string
  readonly tunnel?: string
}
/** `@th,16,16`: offset and length in bits. */
export interface RawPayloadExpression {
  readonly kind: 'raw-payload'
  readonly base: string
  readonly offset: number
  readonly length: number
  readonly tunnel?: string
}
/** An IPv6 extension header's field (`frag id`, `srh sid[1]`); without a field: is it there (`exthdr frag exists`). */
export interface ExtensionHeaderExpression {
  readonly kind: 'exthdr'
  readonly name: string
  readonly field?: string
  readonly index?: number
}
/** `tcp option maxseg size`, `tcp option @255,8,8`; without a field: is it there. */
export interface TcpOptionExpression {
  readonly kind: 'tcp-option'
  readonly name: string
  readonly field?: string
  readonly raw?: { readonly base: number; readonly offset: number; readonly length: number }
}
/** `ip option rr ptr`, `sctp chunk init init-tag`, `dccp option 43`; without a field: is it there. */
export interface OptionExpression {
  readonly kind: 'ip-option' | 'sctp-chunk' | 'dccp-option'
  readonly name: string
  readonly field?: string
}
export interface MetaExpression {
  readonly kind: 'meta'
  readonly key: string
}
export interface CtExpression {
  readonly kind: 'ct'
  /** `state`, `mark`, `saddr`, `ip saddr`, `proto-dst` … */
  readonly key: string
  readonly direction?: 'original' | 'reply'
}
export interface RtExpression {
  readonly kind: 'rt'
  readonly key: string
  readonly family?: string
}
export interface SocketExpression {
  readonly kind: 'socket'
  readonly key: string
  /** `socket cgroupv2 level N` */
  readonly level?: number
}
export interface OsfExpression {
  readonly kind: 'osf'
  readonly key: string
  readonly ttl?: string
}
export interface FibExpression {
  readonly kind: 'fib'
  readonly flags: readonly string[]
  readonly result: string
}
export interface IpsecExpression {
  readonly kind: 'ipsec'
  readonly direction: string
  readonly key: string
  readonly family?: string
  readonly spnum: number
}
export interface TunnelExpression {
  readonly kind: 'tunnel'
  readonly key: string
}
export interface NumgenExpression {
  readonly kind: 'numgen'
  readonly mode: 'inc' | 'random'
  readonly mod: number
  readonly offset: number
}
export interface HashExpression {
  readonly kind: 'jhash' | 'symhash'
  readonly expression?: Expression
  readonly mod: number
  readonly seed?: number
  readonly offset: number
}
/** A verdict, as a statement and as the data of a verdict map. */
export interface Verdict {
  readonly kind: 'verdict'
  readonly verdict: 'accept' | 'drop' | 'continue' | 'return' | 'jump' | 'goto' | 'queue'
  /** Of jump and goto; an implicit chain (`jump { … }`) has a name of its own in its table. */
  readonly chain?: string
  /** The implicit chain's rules, printed where the jump stands. */
  readonly rules?: readonly NftRule[]
}
/** Text that was not understood; whoever meets it answers unknown. */
export interface OpaqueExpression {
  readonly kind: 'opaque'
  readonly text: string
}

export type Expression =
  | Value
  | ListExpression
  | RangeExpression
  | PrefixExpression
  | ConcatExpression
  | BinaryExpression
  | SetLiteral
  | SetReference
  | MapExpression
  | PayloadExpression
  | RawPayloadExpression
  | ExtensionHeaderExpression
  | TcpOptionExpression
  | OptionExpression
  | MetaExpression
  | CtExpression
  | RtExpression
  | SocketExpression
  | OsfExpression
  | FibExpression
  | IpsecExpression
  | TunnelExpression
  | NumgenExpression
  | HashExpression
  | Verdict
  | OpaqueExpression

/** An element of a set or map. Durations as nft prints them (`1h30m`). */
export interface SetElement {
  readonly key: Expression
  /** The value that a map gives. */
  readonly data?: Expression
  readonly timeout?: string
  readonly expires?: string
  readonly comment?: string
  /** `counter`, `limit`, `quota`, `last`, `ct count` that each element carries. */
  readonly statements?: readonly Statement[]
}
