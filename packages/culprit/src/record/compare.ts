import type { Engine } from '@culprit/core/datapath/engine'
import type { Outcome, Step, TraceRequest } from '@culprit/core/datapath/trace'
import { portKey } from '@culprit/core/model/model'
import type { Namespace } from '@culprit/core/model/namespace'
import { parseAddress } from '@culprit/core/net/address'
import type { Header } from './header.ts'
import type { Met, Recorded } from './packets.ts'

/** A rule that a packet met, with its text where the evidence has it. */
export interface Joined {
  readonly met: Met
  readonly text: string | undefined
  readonly source: { readonly file: string; readonly line: number } | undefined
}

/** A recorded packet beside the model's answer to it. */
export interface Way {
  readonly packet: Recorded
  readonly joined: readonly Joined[]
  /** `open`: the model leaves it open; `other`: not compared, since connection tracking knew the packet's connection already. */
  readonly verdict: 'same' | 'differs' | 'open' | 'other'
  /** Where they part: what the kernel did, what the model says. */
  readonly difference: string | undefined
}

/** Joins a packet's way with the rules of the evidence, and holds it against the model's. `host` and `netns` are where it was recorded. */
export function compareWay(engine: Engine, host: string, netns: string, packet: Recorded): Way {
  const namespace = engine.model.byId.get(netns === '' ? host : `${host}/${netns}`)
  const met = packet.met.map((one) => settled(one, namespace)).filter((one) => one !== undefined)
  const joined = met.map((one) => join(one, namespace))
  const base = { packet, joined, difference: undefined }
  if (!begins(packet.header) || met.length === 0) return { ...base, verdict: 'other' }
  const result = engine.trace(requestOf(engine, host, netns, packet), { reply: false })
  if ('kind' in result) return { ...base, verdict: 'open', difference: result.text }
  const differences = result.outcomes.map((outcome) => differenceOf(met, outcome, host, netns))
  if (differences.some((one) => one === undefined)) return { ...base, verdict: 'same' }
  const verdict = result.outcomes.some((outcome) => outcome.verdict === 'unknown') ? 'open' : 'differs'
  return { ...base, verdict, difference: differences[0] }
}

const [FIN, SYN, RST, ACK] = [1, 2, 4, 16]

/** A packet that opens a connection, as far as the packet itself tells. */
const begins = ({ tcpFlags }: Header): boolean => tcpFlags === undefined || (tcpFlags & (SYN | ACK)) === SYN

function flagsOf(flags: number | undefined): string | undefined {
  if (flags === undefined) return undefined
  if (flags & RST) return 'rst'
  if (flags & SYN) return flags & ACK ? 'syn,ack' : 'syn'
  return flags & FIN ? 'fin' : 'ack'
}

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp' }

function requestOf(engine: Engine, host: string, netns: string, { header, iif }: Recorded): TraceRequest {
  const { src, dst, protocol, sport, dport, tcpFlags, length } = header
  const flags = flagsOf(tcpFlags)
  const address = dst.includes(':') ? `[${dst}]` : dst
  const common = {
    to: `${dport === undefined ? dst : `${address}:${dport}`}/${NAMES[protocol] ?? protocol}`,
    src,
    length,
    ...(sport === undefined ? {} : { sport }),
    ...(flags === undefined ? {} : { flags }),
  }
  const here = netns === '' ? `host/${host}` : `netns/${host}/${netns}`
  if (iif === undefined) return { ...common, from: here }
  const owner = neighbourWith(engine, netns === '' ? host : `${host}/${netns}`, iif, src)
  if (owner) return { ...common, from: owner.name === '' ? `host/${owner.host}` : `netns/${owner.host}/${owner.name}` }
  return { ...common, from: 'outside', host, iif }
}

/** The captured namespace at the other end of a device (or of a bridge's ports) that has this address: others may have the same. */
function neighbourWith({ model }: Engine, id: string, iif: string, src: string): Namespace | undefined {
  const here = model.byId.get(id)
  if (!here) return undefined
  const devices = [iif, ...(here.portsOf.get(iif) ?? []).map(({ name }) => name)]
  const ends = devices.map((device) => model.peers.get(portKey(here, device))?.namespace)
  return ends.find((end) => end?.owned.has(parseAddress(src) ?? -1))
}

const named = ({
  table,
  chain,
  rule,
}: {
  readonly table?: string | undefined
  readonly chain?: string | undefined
  readonly rule?: number | string | undefined
}): string => `${table} ${chain} ${rule}`

/** Without those of a tunnel's packet around it, which is no longer traced (skb_scrub_packet() calls nf_reset_trace()). */
function ownSteps({ steps }: Outcome): readonly Step[] {
  let depth = 0
  return steps.filter(({ kind, effect }) => {
    // Too big for the tunnel: it does not go in.
    if (kind === 'encap' && effect !== 'TOO-BIG') depth++
    if (kind === 'decap') depth--
    return depth === 0
  })
}

/** Rules in their order, then how it ended. Policies of accepting chains say nothing, and nf_tables does not tell all of them. */
function differenceOf(met: readonly Met[], outcome: Outcome, host: string, netns: string): string | undefined {
  const seen = met.filter(({ rule }) => rule !== 'policy').map(named)
  const told = ownSteps(outcome)
    .filter((step) => step.kind === 'rule' && step.host === host && step.netns === netns)
    .map(named)
  const at = Array.from({ length: Math.max(seen.length, told.length) }).findIndex((_, i) => seen[i] !== told[i])
  if (at >= 0)
    return `after ${at} rules that are the same the kernel met ${seen[at] ?? 'nothing more'}, the model ${told[at] ?? `nothing more (${outcome.reason})`}`
  const last = met.at(-1)
  const dropped = last?.verdict === 'DROP'
  const passes = outcome.verdict === 'delivered' || outcome.verdict === 'forwarded'
  if (dropped && passes) return `the kernel dropped it at ${named(last)}, the model lets it through`
  return undefined
}

/**
 * What iptables-legacy calls things: an unconditional rule of a built-in chain is a `policy` with its own number, the end of a user chain a `return`
 * behind its last rule (get_chainname_rulenum of net/ipv4/netfilter/ip_tables.c).
 */
function settled(met: Met, namespace: Namespace | undefined): Met | undefined {
  if (met.backend !== 'legacy' || met.rule === undefined || !namespace) return met
  const chain = iptablesChain(met, namespace)
  if (!chain || met.number === undefined) return met
  const exists = met.number <= chain.rules.length
  if (exists) return { ...met, rule: met.number }
  return met.rule === 'policy' ? met : undefined
}

const iptablesChain = ({ table, chain, family, backend }: Met, namespace: Namespace) =>
  namespace.iptables
    .filter((ruleset) => ruleset.family === family && (backend === 'legacy') === (ruleset.backend !== 'nft'))
    .flatMap((ruleset) => ruleset.tables.filter(({ name }) => name === table))
    .map(({ chains }) => chains.get(chain))
    .find((found) => found !== undefined)

function join(met: Met, namespace: Namespace | undefined): Joined {
  const none = { met, text: undefined, source: undefined }
  if (typeof met.rule !== 'number' || !namespace) return none
  const ruleset = namespace.iptables.find(
    ({ tables, family, backend }) =>
      family === met.family && (met.backend === 'legacy') === (backend !== 'nft') && tables.some(({ name }) => name === met.table),
  )
  const rule = iptablesChain(met, namespace)?.rules[met.rule - 1]
  if (rule && ruleset) return { met, text: rule.text, source: { file: ruleset.file, line: rule.line } }
  for (const nft of namespace.nft) {
    const chain = nft.tables
      .find(({ family, name }) => family === met.family && name === met.table)
      ?.chains.find(({ name }) => name === met.chain)
    const native = chain?.rules[met.rule - 1]
    if (native) return { met, text: native.text, source: { file: nft.file, line: native.line } }
  }
  return none
}
