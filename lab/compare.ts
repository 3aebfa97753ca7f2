import type { Outcome, Step, TraceRequest, TraceResult } from '@culprit/core/datapath/trace'
import { formatAddress } from '@culprit/core/net/address'
import type { PacketSpec } from './scenario.ts'
import type { Station, Truth } from './truth.ts'

/** The request line that asks culprit about a packet. */
export function requestOf(p: PacketSpec, id: number): TraceRequest {
  const ported = p.proto === 'icmp' ? '' : `:${p.dport}`
  const host = p.dst.includes(':') && ported !== '' ? `[${p.dst}]` : p.dst
  const common = {
    id,
    to: `${host}${ported}/${p.proto}`,
    length: p.length,
    ...(p.src === undefined ? {} : { src: p.src }),
    ...(p.sport === undefined ? {} : { sport: p.sport }),
    ...(p.flags === undefined ? {} : { flags: p.flags }),
    ...(p.ttl === undefined ? {} : { ttl: p.ttl }),
    ...(p.tos === undefined ? {} : { tos: p.tos }),
    ...(p.icmpType === undefined ? {} : { icmp: String(p.icmpType) }),
  }
  if (p.from === 'X') return { ...common, from: 'outside', host: 'H', iif: p.iif ?? 'eth0' }
  return { ...common, from: p.from === 'H' ? 'host/H' : `netns/H/${p.from}` }
}

const named = (s: { readonly table?: string; readonly chain?: string; readonly rule?: number | string }): string =>
  `${s.table}/${s.chain}/${s.rule}`

function compareDelivery(delivered: NonNullable<Truth['delivered']>, got: Outcome): string | undefined {
  const wanted = delivered.ns === 'X' ? 'forwarded' : 'delivered'
  if (got.verdict !== wanted) return `verdict: kernel ${wanted} at ${delivered.ns}, culprit ${got.verdict} (${got.reason})`
  if (delivered.ns !== 'X' && (got.at.netns || 'H') !== delivered.ns) return `place: kernel ${delivered.ns}, culprit ${got.at.netns || 'H'}`
  if (delivered.oif !== undefined && got.at.interface !== delivered.oif)
    return `interface: kernel ${delivered.oif}, culprit ${got.at.interface}`
  const { packet } = got
  const had = { src: formatAddress(packet.src), dst: formatAddress(packet.dst), dport: packet.dport }
  for (const key of ['src', 'dst', 'dport'] as const) {
    if (delivered[key] !== undefined && delivered[key] !== had[key]) return `${key}: kernel ${delivered[key]}, culprit ${had[key]}`
  }
  if (delivered.ns !== 'H' && packet.ttl !== delivered.ttl) return `ttl: kernel ${delivered.ttl}, culprit ${packet.ttl}`
  return undefined
}

function compareEnd(truth: Truth, last: Station | undefined, got: Outcome): string | undefined {
  const allowed: readonly string[] = truth.verdict === 'rejected' ? ['rejected'] : ['dropped', 'rejected']
  if (!allowed.includes(got.verdict)) return `verdict: kernel ${truth.verdict}, culprit ${got.verdict} (${got.reason})`
  if (last === undefined || !['DROP', 'REJECT'].includes(last.verdict)) {
    return got.reason === 'rule' || got.reason === 'policy'
      ? `reason: the kernel ended it outside the rules, culprit by ${got.reason}`
      : undefined
  }
  const step: Step | undefined = got.steps[got.decidedBy ?? -1]
  if (!step) return `decided by: kernel ${named(last)}, culprit nothing (${got.reason})`
  const same =
    step.table === last.table && step.chain === last.chain && (last.rule === 'policy' ? step.kind === 'policy' : step.rule === last.rule)
  return same ? undefined : `decided by: kernel ${named(last)}, culprit ${named(step)}`
}

/**
 * Holds what culprit says of a packet against what the kernel did: the rules that matched, in order; the verdict and what decided it; the
 * place of delivery; the header there. Undefined when they agree.
 */
export function compare(truth: Truth, answer: TraceResult): string | undefined {
  const { outcomes } = answer
  const [got] = outcomes
  if (!got || outcomes.length > 1)
    return outcomes.length
      ? `${outcomes.length} outcomes: ${outcomes.map((o) => `${o.verdict} (${o.reason}) p=${o.probability}`).join(', ')}`
      : 'no outcome'
  const wanted = truth.path.filter((s) => s.rule !== 'policy').map(named)
  const matched = got.steps.filter((s) => s.kind === 'rule').map(named)
  if (wanted.join() !== matched.join()) {
    const at = wanted.findIndex((rule, i) => rule !== matched[i])
    const from = at < 0 ? wanted.length : at
    return `rules, from the ${from + 1}. on: kernel ${wanted.slice(from).join(' ') || '-'}, culprit ${matched.slice(from).join(' ') || '-'} (${got.verdict}, ${got.reason})`
  }
  if (truth.verdict === 'any') return undefined
  return truth.delivered ? compareDelivery(truth.delivered, got) : compareEnd(truth, truth.path.at(-1), got)
}
