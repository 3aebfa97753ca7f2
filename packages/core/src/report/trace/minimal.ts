import type { Outcome, TraceResult } from '../../datapath/trace.ts'
import { packetText } from '../packet-text.ts'
import { percent } from './groups.ts'
import { judgeOutcome, judgeWay } from './judge.ts'
import type { TraceTextOptions } from './options.ts'
import { stationsOf } from './stations.ts'
import { decidingStep } from './words.ts'

/**
 * One line an outcome, the form to put into tests (as ovn-trace's --minimal):
 * `tcp 10.42.0.2:40000 → 10.43.0.10:80 | dst 10.43.0.10:80 → 10.42.0.5:8080 | dropped by policy of FORWARD in filter on h | timeout`
 */
export function minimalText(result: TraceResult, options: TraceTextOptions): string {
  if (result.outcomes.length === 0) return `${result.request.from} → ${result.request.to} | unknown\n`
  return result.outcomes.map((outcome) => `${line(outcome, result, options)}\n`).join('')
}

function line(outcome: Outcome, result: TraceResult, { style }: TraceTextOptions): string {
  const judgement = judgeOutcome(outcome)
  const colour = judgement === 'fine' ? style.good : judgement === 'fault' ? style.bad : style.unsure
  const chance = outcome.probability === null ? 'possible' : outcome.probability === 1 ? '' : percent(outcome.probability)
  const sent = outcome.sent ? packetText(outcome.sent) : `${result.request.from} → ${result.request.to}`
  const changes = stationsOf(outcome).flatMap((s) => s.stops.flatMap((stop) => stop.changes.map(style.change)))
  const lost = outcome.reply && judgeWay(outcome.reply) !== 'fine' ? `answer ${endShort(outcome.reply)}` : ''
  return [chance, sent, ...changes, colour(endShort(outcome)), lost && style.bad(lost), outcome.connection]
    .filter((t) => t !== '' && t !== undefined)
    .join(' | ')
}

function endShort(outcome: Outcome): string {
  const at = `${outcome.at.host}${outcome.at.netns === '' ? '' : `/${outcome.at.netns}`}`
  if (outcome.verdict === 'delivered') return `delivered at ${at}`
  if (outcome.verdict === 'forwarded') return `forwarded by ${outcome.at.interface} of ${at}`
  const step = decidingStep(outcome)
  const rule =
    step?.chain === undefined
      ? ''
      : ` in ${step.kind === 'policy' ? `policy of ${step.chain}` : `${step.chain} ${step.rule ?? ''}`} of ${step.table ?? '?'}`
  return `${outcome.verdict} (${outcome.reason})${rule} on ${at}`
}
