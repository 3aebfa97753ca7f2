import type { LogMessage, TraceEvent, Volley } from './agent.ts'
import type { Bundle } from './collect.ts'
import { decode, idOf, type Seen } from './frames.ts'
import { type Addresses, UPLINKS } from './network.ts'
import type { PacketSpec, Scenario } from './scenario.ts'

/** One station of a packet's way, as truth.jsonl names it: `rule` is the number from 1, or `policy`. */
export interface Station {
  readonly table: string
  readonly chain: string
  readonly rule: number | 'policy'
  readonly verdict: string
}

/** What the kernel did with one packet; the line of truth.jsonl. */
export interface Truth {
  readonly path: readonly Station[]
  readonly verdict: 'delivered' | 'dropped' | 'rejected' | 'any'
  readonly delivered?: {
    readonly ns: string
    readonly src: string
    readonly dst: string
    readonly sport?: number
    readonly dport?: number
    readonly ttl: number
    readonly oif?: string
  }
  /** errno of the sender, where it got one. */
  readonly sendError?: number
  /** The last hook that let the packet through, and the mark it had then: to read, not to compare. */
  readonly passed?: readonly string[]
  readonly mark?: string
}

/** Rules as they stand in the kernel: who a handle is, and the text and the policy that a legacy trace does not tell. */
export interface Loaded {
  /** By `table handle`. */
  readonly byHandle: ReadonlyMap<string, { readonly chain: string; readonly rule: number }>
  /** By `table/chain`, in order. */
  readonly rules: ReadonlyMap<string, readonly string[]>
  readonly policies: ReadonlyMap<string, string>
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

/** A rule's target as iptables-save prints it: the last -j or -g, since none of the lab's comments holds one. */
const targetOf = (text: string): string => [...text.matchAll(/ -([jg]) (\S+)/g)].at(-1)?.[2] ?? ''

function handles(rules: readonly (readonly [string, string, number])[]): Loaded['byHandle'] {
  const counts = new Map<string, number>()
  return new Map(
    rules.map(([table, chain, handle]) => {
      const rule = (counts.get(`${table}/${chain}`) ?? 0) + 1
      counts.set(`${table}/${chain}`, rule)
      return [`${table} ${handle}`, { chain, rule }]
    }),
  )
}

/** Reads a save text only as far as the lab needs it; core's reader is what is under test. Native rules are told by what was loaded. */
export function loadedFrom(bundle: Bundle, scenario: Scenario, kernel: readonly (readonly [string, string, number])[]): Loaded {
  const rules = new Map<string, string[]>()
  const policies = new Map<string, string>()
  const name = [...bundle.keys()].find((file) => /tables(-legacy)?-save\.txt$/.test(file))
  let table = ''
  for (const line of (bundle.get(name ?? '') ?? '').split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const declared = /^:(\S+) (\S+)/.exec(line)
    if (declared) policies.set(`${table}/${declared[1]}`, declared[2] ?? '')
    const rule = /^-A (\S+)/.exec(line)
    if (rule) {
      const key = `${table}/${rule[1]}`
      rules.set(key, [...(rules.get(key) ?? []), line])
    }
  }
  for (const native of scenario.native) {
    for (const chain of native.chains) {
      rules.set(
        `${native.name.split(' ')[1]}/${chain.name}`,
        chain.rules.map((r) => `${r.matches.join(' ')} ${r.target}`),
      )
    }
  }
  return { byHandle: handles(kernel), rules, policies }
}

/** Splits events among packets. Only the first event of a base chain carries headers; what follows with the same id belongs to it. */
export function eventsByPacket(events: readonly TraceEvent[]): ReadonlyMap<number, readonly TraceEvent[]> {
  const current = new Map<string, number>()
  const found = new Map<number, TraceEvent[]>()
  for (const event of events) {
    const id = event.header === null ? undefined : idOf(Buffer.from(event.header, 'hex'))
    if (id !== undefined) current.set(event.id, id)
    const owner = current.get(event.id)
    if (owner === undefined) continue
    const list = found.get(owner)
    if (list) list.push(event)
    else found.set(owner, [event])
  }
  return found
}

export function logsByPacket(logs: readonly LogMessage[]): ReadonlyMap<number, readonly LogMessage[]> {
  const found = new Map<number, LogMessage[]>()
  for (const log of logs) {
    const id = log.prefix.startsWith('TRACE: ') ? idOf(Buffer.from(log.header, 'hex')) : undefined
    if (id === undefined) continue
    const list = found.get(id)
    if (list) list.push(log)
    else found.set(id, [log])
  }
  return found
}

/** nf_tables: the end of a chain without a policy of its own, and the marker a chain ends with, say nothing about rules. */
export function nftStation(loaded: Loaded, event: TraceEvent): Station | undefined {
  const { table, chain } = event
  if (event.type === 1) return { table, chain, rule: 'policy', verdict: VERDICTS[event.policy ?? -1] ?? String(event.policy) }
  if (event.type !== 3 || event.handle === null) return undefined
  const rule = loaded.byHandle.get(`${table} ${event.handle}`)
  const text = loaded.rules.get(`${table}/${chain}`)?.[(rule?.rule ?? 0) - 1] ?? ''
  const verdict = VERDICTS[event.verdict ?? -1] ?? String(event.verdict)
  const rejects = verdict === 'DROP' && (targetOf(text) === 'REJECT' || /(^| )reject( |$)/.test(text))
  return { table, chain, rule: rule?.rule ?? -1, verdict: rejects ? 'REJECT' : verdict }
}

/**
 * Legacy: `TRACE: table:chain:type:number`. An unconditional ACCEPT, DROP or RETURN is called `policy` in a built-in chain and `return` in
 * another, with its own number (get_chainname_rulenum); the end of a user chain is `return` with the number after the last.
 */
export function legacyStation(loaded: Loaded, prefix: string): Station | undefined {
  const [table = '', chain = '', type, number = ''] = prefix.slice('TRACE: '.length).trim().split(':')
  const text = loaded.rules.get(`${table}/${chain}`)?.[Number(number) - 1]
  if (text !== undefined) return { table, chain, rule: Number(number), verdict: targetOf(text) || 'CONTINUE' }
  if (type === 'policy') return { table, chain, rule: 'policy', verdict: loaded.policies.get(`${table}/${chain}`) ?? '' }
  return undefined
}

function delivery(
  a: Addresses,
  packet: PacketSpec,
  volley: Volley,
  witness: readonly TraceEvent[],
): { readonly at: Seen & { ns: string; oif?: string } } | 'elsewhere' | undefined {
  for (const frame of volley.frames) {
    const ip = Buffer.from(frame.data, 'hex').subarray(14)
    if (frame.type !== 0 || idOf(ip) !== packet.id) continue
    const seen = decode(ip)
    if (frame.ns === 'X') return { at: { ns: 'X', oif: frame.interface, ...seen } }
    /** A pod does not forward, and over IPv4 takes nothing that claims to come from itself (fib_validate_source) but over lo. */
    const own = a[frame.ns as 'P1']
    return seen.dst === own && (frame.interface === 'lo' || seen.src !== own || a.version === 6)
      ? { at: { ns: frame.ns, ...seen } }
      : 'elsewhere'
  }
  const local = witness.findLast((event) => event.chain === 'out_input' && event.header !== null)
  if (!local?.header) return undefined
  return { at: { ns: 'H', ...decode(Buffer.from(local.header, 'hex'), Buffer.from(local.transport ?? '', 'hex')) } }
}

/** Whether the lab has a neighbour for the address that the packet left with. Asking for any other one fails, which no evidence tells beforehand. */
function resolvable(a: Addresses, witness: readonly TraceEvent[]): boolean {
  const last = witness.findLast((event) => event.header !== null)
  if (!last?.header) return true
  const { dst } = decode(Buffer.from(last.header, 'hex'))
  return [a.P1, a.P2, a.C1, ...Object.values(a.via), ...a.outside, ...a.services, a.tunnelled.address].includes(dst)
}

/** A legacy log names the rule and not what its target said: TPROXY drops where nothing listens. */
function withDrop(path: readonly Station[], passed: readonly string[]): readonly Station[] {
  const last = path.at(-1)
  return last?.verdict === 'TPROXY' && !passed.includes('PREROUTING') ? [...path.slice(0, -1), { ...last, verdict: 'DROP' }] : path
}

/** Puts together what became of one packet of a volley. */
export function truthOf(a: Addresses, loaded: Loaded, packet: PacketSpec, volley: Volley, sendError: number): Truth {
  const events = eventsByPacket(volley.events).get(packet.id) ?? []
  const witness = events.filter((event) => event.table === 'lab_witness')
  const logs = logsByPacket(volley.logs).get(packet.id) ?? []
  const stations = logs.length
    ? logs.map((log) => legacyStation(loaded, log.prefix))
    : events.filter((event) => event.table !== 'lab_witness').map((event) => nftStation(loaded, event))
  const passed = witness
    .filter((event) => event.type === 1 && event.chain.startsWith('out_'))
    .map((event) => event.chain.slice(4).toUpperCase())
  const path = withDrop(
    stations.filter((s) => s !== undefined),
    passed,
  )
  const mark = witness.at(-1)?.mark
  const common = { path, passed, ...(mark ? { mark: `0x${mark.toString(16)}` } : {}), ...(sendError ? { sendError } : {}) }
  const end = delivery(a, packet, volley, witness)
  if (end === 'elsewhere') return { ...common, verdict: 'dropped' }
  const stopped = ['DROP', 'REJECT'].includes(path.at(-1)?.verdict ?? '')
  if (!end && !stopped && passed.at(-1) === 'POSTROUTING' && !resolvable(a, witness)) return { ...common, verdict: 'any' }
  if (!end) return { ...common, verdict: path.at(-1)?.verdict === 'REJECT' ? 'rejected' : 'dropped' }
  const { ns, oif, src, dst, sport, dport, ttl } = end.at
  const named = oif && UPLINKS.includes(oif as 'eth0') ? { oif } : {}
  return {
    ...common,
    verdict: 'delivered',
    delivered: { ns, src, dst, ...(sport === undefined ? {} : { sport }), ...(dport === undefined ? {} : { dport }), ttl, ...named },
  }
}
