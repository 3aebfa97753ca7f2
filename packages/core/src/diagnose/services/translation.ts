import type { Engine } from '../../datapath/engine.ts'
import type { Outcome, Step, TraceRequest } from '../../datapath/trace.ts'
import { type Address, formatAddress } from '../../net/address.ts'

/** What the rules do with the first packet to a Service: one of these for each way that chance or missing evidence leaves. */
export type Translation =
  | { readonly kind: 'to'; readonly address: Address; readonly port: number; readonly step: Step }
  /** Refused or dropped by a rule before any translation. */
  | { readonly kind: 'refused' | 'dropped'; readonly step: Step | undefined }
  /** The rules let it pass as it was. */
  | { readonly kind: 'untouched' }
  /** It ended before the rules could say anything: no route, an interface down. */
  | { readonly kind: 'elsewhere'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string; readonly evidence: string }

/** Sends the packet and tells what became of its destination. Ways that come to the same are one. */
export function translationsOf(engine: Engine, request: TraceRequest): readonly Translation[] {
  const result = engine.trace(request, { reply: false })
  if ('kind' in result) return [{ kind: 'elsewhere', why: result.text }]
  const found = new Map<string, Translation>()
  for (const outcome of result.outcomes) {
    const translation = translationOf(outcome)
    const key = translation.kind === 'to' ? `${formatAddress(translation.address)} ${translation.port}` : translation.kind
    if (!found.has(key)) found.set(key, translation)
  }
  return [...found.values()]
}

const WRAPPED = new Set<Step['kind']>(['encap', 'decap'])

function translationOf(outcome: Outcome): Translation {
  const asked = outcome.sent ?? outcome.packet
  for (const step of outcome.steps) {
    if (WRAPPED.has(step.kind)) break
    const { packet } = step
    if (packet && (packet.dst !== asked.dst || packet.dport !== asked.dport))
      return { kind: 'to', address: packet.dst, port: packet.dport, step }
  }
  const last = outcome.decidedBy === null ? undefined : outcome.steps[outcome.decidedBy]
  const byRules = outcome.reason === 'rule' || outcome.reason === 'policy'
  switch (outcome.verdict) {
    case 'rejected':
      return byRules ? { kind: 'refused', step: last } : { kind: 'elsewhere', why: outcome.reason }
    case 'dropped':
      return byRules
        ? { kind: 'dropped', step: last }
        : passedRules(outcome)
          ? { kind: 'untouched' }
          : { kind: 'elsewhere', why: outcome.reason }
    case 'unknown': {
      const [missing] = outcome.missing
      return { kind: 'unknown', why: missing?.why ?? outcome.reason, evidence: missing?.evidence ?? '' }
    }
    default:
      return { kind: 'untouched' }
  }
}

/** A route was found, so that the rules of the way in or out were asked. */
const passedRules = ({ steps }: Outcome): boolean => steps.some((step) => step.kind === 'rule' || step.kind === 'policy')
