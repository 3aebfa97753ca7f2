import type { Engine } from '../../datapath/engine.ts'
import type { TraceResult } from '../../datapath/trace.ts'
import { type Judgement, judgeResult } from '../trace/judge.ts'
import type { Criterion, CriterionFlow, Judged, Wanted } from './criterion.ts'

type FlowWanted = Exclude<Wanted, { kind: 'output' }>

/** What the model of the evidence says of a connection. Whether the right one answers, no model of addresses knows. */
export function judgeOnModel(engine: Engine, criterion: Criterion, flow: CriterionFlow, wanted: FlowWanted): Judged {
  const { address: _, port: __, protocol: ___, ...request } = flow
  const result = engine.trace(request, { reply: true })
  if ('kind' in result) return { criterion, status: 'undecided', answer: result.text }
  const judgement = judgeResult(result)
  return { criterion, status: statusOf(judgement, wanted), by: 'model', answer: answerOf(result) }
}

function statusOf(judgement: Judgement, { kind }: FlowWanted): Judged['status'] {
  switch (judgement) {
    case 'unknown':
      return 'undecided'
    case 'fine':
      return kind === 'no-connection' ? 'fails' : 'holds'
    case 'fault':
      return kind === 'no-connection' ? 'holds' : 'fails'
  }
}

function answerOf({ outcomes }: TraceResult): string {
  const said = outcomes.map((outcome) => {
    const ended = outcome.reply !== null && outcome.connection !== 'connects' && outcome.verdict === 'delivered' ? outcome.reply : outcome
    const step = ended.decidedBy === null ? undefined : ended.steps[ended.decidedBy]
    const where = [ended.at.host, ended.at.netns].filter(Boolean).join('/')
    const rule = step?.kind === 'rule' || step?.kind === 'policy' ? `: ${step.text}` : ''
    return `${ended === outcome ? '' : 'the answer is '}${ended.verdict} (${ended.reason}) at ${where}${rule}`
  })
  return [...new Set(said)].slice(0, 3).join('; or ')
}
