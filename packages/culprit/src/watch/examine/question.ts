import type { TraceRequest } from '@culprit/core/datapath/trace'
import type { Result } from '@culprit/core/diagnose/observations/observation'
import type { FlowCriterion } from '../config/criteria.ts'
import type { Tried } from '../look/flow.ts'

/** A place as the configuration may write it: `host` alone, and `host/` or `netns/` without a host, are this machine's. */
export function fullPlace(text: string, host: string): string {
  const named = /^host(:\S*)?$/.exec(text)
  if (named) return `host/${host}${named[1] ?? ''}`
  const [, name] = /^netns\/([^/]+)$/.exec(text) ?? []
  return name === undefined ? text : `netns/${host}/${name}`
}

/** The packet that a criterion asks for. */
export const requestOf = ({ flow: { from, to, src } }: FlowCriterion, host: string): TraceRequest => ({
  from: fullPlace(from, host),
  to: fullPlace(to, host),
  ...(src === undefined ? {} : { src }),
  ...(from === 'outside' ? { host } : {}),
})

/** How it fails in the words of a diagnosis; undefined: whether it works is the question. */
export function symptomOf(criterion: FlowCriterion, tried: Pick<Tried, 'result'> | undefined): Result | undefined {
  const result = tried?.result
  switch (result) {
    case undefined:
      return criterion.expect === 'blocked' ? 'exposed' : undefined
    case 'silent':
      return 'timeout'
    case 'tls':
      return 'application-error'
    case 'error':
    case 'connects':
      return undefined
    default:
      return result
  }
}

/** What is asked of a diagnosis about a criterion, as the command line takes it. */
export interface Question {
  readonly from: string
  readonly to: string
  readonly symptom: Result | undefined
}

export function questionOf(criterion: FlowCriterion, tried: Pick<Tried, 'result'> | undefined, host: string): Question {
  const { from, to } = requestOf(criterion, host)
  return { from, to, symptom: symptomOf(criterion, tried) }
}
