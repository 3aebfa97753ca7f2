import type { Step } from '../../../datapath/trace.ts'
import type { CauseId } from '../../causes/ids.ts'
import { type Because, because, type Examined, type Found, missing, seen } from '../check.ts'
import type { CheckScene } from '../scene.ts'

/** A connection that must work, asked of the captured rules and routes. */
export interface Needed {
  readonly from: string
  /** Where an address that is no captured host's comes in. */
  readonly entering?: string
  /** With port and protocol. */
  readonly to: string
  /** The host on which it would be stopped, for the report. */
  readonly host: string
  readonly object: string
  readonly what: string
  /** The cause where a rule or policy of the firewall stops it. */
  readonly cause: (step: Step) => CauseId
  readonly runbook?: string
}

/** Sends the packet through the model. Only a rule or policy that stops it is told here: routes have checks of their own. */
export function reachable(scene: CheckScene, needed: Needed): Examined {
  const { from, to, entering } = needed
  const result = scene.engine().trace({ from, to, ...(entering === undefined ? {} : { host: entering }) }, { reply: false })
  if ('kind' in result) return missing(needed.to)
  const [outcome, ...others] = result.outcomes
  if (!outcome || others.length > 0 || outcome.verdict === 'unknown') return missing(outcome?.missing[0]?.evidence ?? needed.to)
  const step = outcome.decidedBy === null ? undefined : outcome.steps[outcome.decidedBy]
  const stopped =
    (outcome.verdict === 'dropped' || outcome.verdict === 'rejected') && (outcome.reason === 'rule' || outcome.reason === 'policy')
  if (!stopped || !step) return seen()
  const found: Found = {
    severity: 'error',
    cause: needed.cause(step),
    host: step.host || needed.host,
    object: needed.object,
    text: `${needed.what} ${outcome.verdict === 'rejected' ? 'is rejected' : 'is dropped'} on ${step.host || needed.host} by ${step.table ?? ''} ${step.chain ?? ''}: ${step.text}`,
    because: [stepBecause(step)],
    ...(needed.runbook !== undefined && { runbook: needed.runbook }),
  }
  return seen(found)
}

const stepBecause = (step: Step): Because => because(step.text, step.evidence)
