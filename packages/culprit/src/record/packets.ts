import { type Header, readHeader } from './header.ts'

/** What the agent says, a line of JSON each. */
export type Heard =
  | {
      readonly kind: 'trace'
      readonly id: string
      readonly family: number
      readonly table: string
      readonly chain: string
      /** NFT_TRACETYPE_*: 1 policy, 2 return, 3 rule. */
      readonly type: number
      readonly handle: number | null
      readonly verdict: number | null
      readonly target: string | null
      readonly policy: number | null
      readonly mark: number | null
      readonly iif: string | null
      readonly oif: string | null
      readonly own: boolean
      readonly header: string | null
      readonly transport: string | null
    }
  | {
      readonly kind: 'log'
      readonly prefix: string
      readonly header: string
      readonly mark: number | null
      readonly iif: string | null
      readonly oif: string | null
    }

/** The rules of a chain as they were then: their handles in order. */
export interface ChainRules {
  readonly family: number
  readonly table: string
  readonly chain: string
  readonly handles: readonly number[]
}

/** A rule or policy that a packet met. */
export interface Met {
  readonly backend: 'nft' | 'legacy'
  readonly family: 'ip' | 'ip6' | 'inet' | 'bridge' | 'other'
  readonly table: string
  readonly chain: string
  /** 1-based; `policy`: the end of a base chain; undefined: the rule is gone. */
  readonly rule: number | 'policy' | undefined
  /** Legacy only: the number as it was logged, which may be one behind the last rule. */
  readonly number?: number
  /** As nft names it; '' in a legacy trace, which does not tell. */
  readonly verdict: string
}

/** One packet of the recording, and all that it met, in the kernel's order. */
export interface Recorded {
  /** As it was seen first. */
  readonly header: Header
  readonly iif: string | undefined
  /** Device it left by, where it got so far. */
  readonly oif: string | undefined
  readonly met: readonly Met[]
  /** As it was seen last: translated. */
  readonly last: Header
}

const VERDICTS: Readonly<Record<number, string>> = {
  0: 'DROP',
  1: 'ACCEPT',
  2: 'STOLEN',
  3: 'QUEUE',
  4294967295: 'CONTINUE',
  4294967294: 'BREAK',
  4294967293: 'JUMP',
  4294967292: 'GOTO',
  4294967291: 'RETURN',
}
const FAMILIES: Readonly<Record<number, Met['family']>> = { 1: 'inet', 2: 'ip', 7: 'bridge', 10: 'ip6' }

interface Draft {
  readonly header: Header
  readonly iif: string | undefined
  oif: string | undefined
  last: Header
  readonly met: Met[]
}

/** Splits what was heard among packets: events with an id by it, log lines by what no translation changes of a packet. */
export function packetsOf(heard: readonly Heard[], chains: readonly ChainRules[]): readonly Recorded[] {
  const numbers = new Map(
    chains.flatMap(({ family, table, handles }) => handles.map((handle, i) => [`${family} ${table} ${handle}`, i + 1] as const)),
  )
  const packets: Draft[] = []
  const current = new Map<string, Draft>()
  for (const event of heard) {
    const header = event.header ? readHeader(event.header, event.kind === 'trace' ? event.transport : undefined) : undefined
    const key = header && keyOf(header)
    // Only the first event of a base chain has headers; what follows with the same id belongs to it.
    let packet = key === undefined ? (event.kind === 'trace' ? current.get(event.id) : undefined) : current.get(key)
    if (!packet && header && key !== undefined) {
      packet = { header, iif: event.iif ?? undefined, oif: undefined, last: header, met: [] }
      packets.push(packet)
      current.set(key, packet)
    }
    if (!packet) continue
    if (event.kind === 'trace') current.set(event.id, packet)
    if (header) packet.last = header
    packet.oif = event.oif ?? packet.oif
    const met = event.kind === 'trace' ? metByNft(event, numbers) : metByLegacy(event.prefix, packet.header.src.includes(':'))
    if (met) packet.met.push(met)
  }
  return packets
}

const keyOf = ({ protocol, id, sequence, length, sport, dport }: Header): string =>
  [protocol, id, length, sequence ?? (id === 0 ? `${sport} ${dport}` : '')].join(' ')

function metByNft(event: Extract<Heard, { kind: 'trace' }>, numbers: ReadonlyMap<string, number>): Met | undefined {
  const { family, table, chain, type, own } = event
  const common = { backend: 'nft', family: FAMILIES[family] ?? 'other', table, chain } as const
  if (own || type === 2) return undefined
  if (type === 1) return { ...common, rule: 'policy', verdict: VERDICTS[event.policy ?? -1] ?? '' }
  // The marker that a chain ends with is a rule without a handle.
  if (event.handle === null) return undefined
  return { ...common, rule: numbers.get(`${family} ${table} ${event.handle}`), verdict: VERDICTS[event.verdict ?? -1] ?? '' }
}

/** `TRACE: table:chain:type:number ` of net/ipv4/netfilter/ip_tables.c trace_packet(). */
function metByLegacy(prefix: string, six: boolean): Met | undefined {
  const [, table, chain, type, number] = /^TRACE: ([^:]+):([^:]+):(rule|return|policy):(\d+)/.exec(prefix) ?? []
  if (table === undefined || chain === undefined) return undefined
  return {
    backend: 'legacy',
    family: six ? 'ip6' : 'ip',
    table,
    chain,
    number: Number(number),
    rule: type === 'policy' ? 'policy' : Number(number),
    verdict: '',
  }
}
