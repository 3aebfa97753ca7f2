import type { LoggedPacket, TraceStep } from '../../../facts/packet-log.ts'
import type { Place } from '../../../intake/document.ts'
import { flowText } from '../capture/sight.ts'
import type { Logged, LoggedStep, SeenFlow } from '../observation.ts'
import { refuses } from './fault.ts'
import { nftVerdict, type Rulebook } from './rulebook.ts'
import { type Way, waysOf } from './ways.ts'

const LIMIT = 200

/** Traced packets with the rules that they met; packets that fared the same are one observation. */
export function loggedTraces(steps: readonly TraceStep[], place: Place, rules: Rulebook): readonly Logged[] {
  const groups = new Map<string, { readonly way: Way; readonly met: readonly LoggedStep[]; count: number }>()
  const goesOn = steps.some(({ chain }) => chain === 'INPUT' || chain === 'FORWARD')
  for (const way of waysOf(steps)) {
    const met = way.steps.filter(({ step }) => step !== 'packet').map((step) => metOf(step, rules))
    if (met.length === 0) continue
    const key = `${met.map(({ table, chain, rule, step, verdict, text }) => `${table}/${chain}/${rule ?? text}/${step}/${verdict}`)}|${endsOf(way)}`
    const known = groups.get(key)
    if (known) known.count++
    else groups.set(key, { way, met, count: 1 })
  }
  return [...groups.values()].slice(0, LIMIT).map(({ way, met, count }) => loggedOf(way, met, count, place, goesOn))
}

function metOf(step: TraceStep, rules: Rulebook): LoggedStep {
  const found = rules.find(step)
  const told = step.verdict ?? (step.step === 'return' ? 'RETURN' : undefined)
  // monitors call a reject a drop, and a translation an accept
  const shown = step.text === undefined ? undefined : (nftVerdict(step.text) ?? targetOf(step.text))
  return {
    family: step.family,
    table: step.table,
    chain: step.chain,
    rule: step.step === 'policy' ? undefined : found ? found.rule : step.step === 'rule' ? step.rule : undefined,
    verdict: step.step === 'rule' ? (found?.verdict ?? shown ?? told) : (told ?? found?.verdict),
    step: step.step === 'packet' ? undefined : step.step,
    text: found?.text ?? step.text,
    source: found?.source,
  }
}

const targetOf = (text: string): string | undefined => / -j ([A-Z]\w*)(?: |$)/.exec(text)?.[1]

const endsOf = ({ steps }: Way): string => {
  const packet = steps.find((step) => step.packet)?.packet
  return packet ? `${packet.src}>${packet.dst}:${packet.dport}/${packet.protocol}` : ''
}

function loggedOf(way: Way, met: readonly LoggedStep[], count: number, place: Place, goesOn: boolean): Logged {
  const first = way.steps[0] as TraceStep
  const packet = way.steps.find((step) => step.packet)?.packet
  const flow = packet && flowOfLogged(packet)
  const time = first.time ?? (first.uptime === undefined ? undefined : `${first.uptime}`)
  const last = met.at(-1) as LoggedStep
  const many = count > 1 ? ` (${count} packets)` : ''
  // other packets' traces go on to INPUT or FORWARD
  const unrouted = goesOn && last.chain === 'PREROUTING' ? ', and no hook behind it: routing did not take it on' : ''
  const end = refuses(last)
    ? `${last.verdict === 'REJECT' ? 'rejected' : 'dropped'} by ${stepText(last)}`
    : `last seen at ${stepText(last)}${unrouted}`
  return {
    kind: 'log',
    cause: undefined,
    text: `${flow ? flowText(flow) : 'a traced packet'}${packet ? deviceText(packet) : ''}${many}: ${end}`,
    source: first.source,
    ...(time !== undefined && { time }),
    host: place.host ?? first.host,
    way: met,
    ...(flow && { flow }),
  }
}

/** `the policy DROP of filter FORWARD`, `rule 3 of filter INPUT (-A INPUT … -j REJECT)` */
export function stepText({ table, chain, rule, verdict, text, step }: LoggedStep): string {
  if (step === 'policy') return `the policy${verdict ? ` ${verdict}` : ''} of ${table} ${chain}`
  if (rule === undefined)
    return step === 'return' ? `the end of ${table} ${chain}` : `a rule of ${table} ${chain}${text ? ` (${text})` : ''}`
  return `rule ${rule} of ${table} ${chain}${text ? ` (${text})` : ''}`
}

export const flowOfLogged = ({ protocol, src, sport, dst, dport }: LoggedPacket): SeenFlow => ({
  protocol: protocol ?? 0,
  src,
  sport: sport ?? 0,
  dst,
  dport: dport ?? 0,
})

export function deviceText({ inDevice, outDevice }: LoggedPacket): string {
  const parts = [inDevice && `in by ${inDevice}`, outDevice && `out by ${outDevice}`].filter(Boolean)
  return parts.length > 0 ? `, ${parts.join(', ')}` : ''
}
