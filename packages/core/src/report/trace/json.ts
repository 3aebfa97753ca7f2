import type { Outcome, Step, TraceRequest, TraceResult } from '../../datapath/trace.ts'
import { formatAddress } from '../../net/address.ts'
import type { Packet } from '../../net/packet.ts'
import { flagsText, hasPorts, markText, protocolName } from '../packet-text.ts'
import { stalls } from './judge.ts'

/** A value that JSON.stringify prints as it stands. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** The published form of a trace, `culprit.trace/v1` of docs/reference/trace.md. `request` is echoed as it was asked. */
export function traceJson(result: TraceResult, request: Json = requestJson(result.request)): Json {
  return { schema: result.schema, id: result.id, request, outcomes: result.outcomes.map(outcomeJson) }
}

/** The answer to a request that could not be traced: same frame, no outcomes, and what is wrong. */
export function badRequestJson(request: Json, error: { readonly text: string; readonly hint: string }): Json {
  const id = request !== null && typeof request === 'object' && !Array.isArray(request) ? (request as { readonly id?: Json }).id : undefined
  return { schema: 'culprit.trace/v1', id, request, outcomes: [], error: { text: error.text, hint: error.hint } }
}

const requestJson = (request: TraceRequest): Json => ({ ...request })

export function outcomeJson(outcome: Outcome): Json {
  return {
    probability: outcome.probability,
    verdict: outcome.verdict,
    reason: outcome.reason,
    connection: outcome.connection,
    ...(stalls(outcome) && { stalls: true }),
    answer: outcome.answer,
    at: { host: outcome.at.host, netns: outcome.at.netns, interface: outcome.at.interface },
    sent: outcome.sent && packetJson(outcome.sent),
    packet: packetJson(outcome.packet),
    steps: outcome.steps.map(stepJson),
    decidedBy: outcome.decidedBy,
    missing: outcome.missing.map((m) => ({ evidence: m.evidence, why: m.why })),
    assumptions: [...outcome.assumptions],
    reply: outcome.reply && outcomeJson(outcome.reply),
  }
}

function stepJson(step: Step): Json {
  return {
    kind: step.kind,
    host: step.host,
    netns: step.netns,
    hook: step.hook,
    family: step.family,
    table: step.table,
    chain: step.chain,
    rule: step.rule,
    text: step.text,
    effect: step.effect,
    failed: step.failed,
    route: step.route && { ...step.route },
    packet: step.packet && packetJson(step.packet),
    assumption: step.assumption,
    evidence: step.evidence && { file: step.evidence.file, line: step.evidence.line },
  }
}

export function packetJson(packet: Packet): Json {
  return {
    src: formatAddress(packet.src),
    dst: formatAddress(packet.dst),
    proto: protocolName(packet.protocol),
    ...(hasPorts(packet.protocol) && { sport: packet.sport, dport: packet.dport }),
    ...(packet.flags !== 0 && { flags: flagsText(packet.flags) }),
    ...(packet.icmpType >= 0 && { icmp: `${packet.icmpType}/${packet.icmpCode}` }),
    mark: markText(packet.mark),
    ttl: packet.ttl,
    tos: packet.tos,
    length: packet.length,
  }
}
