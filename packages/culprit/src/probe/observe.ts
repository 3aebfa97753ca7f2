import type { Attempted, Result } from '@culprit/core/diagnose/observations/observation'
import { probeObservation } from '@culprit/core/diagnose/probes/observed'
import type { Answer, Observed } from './attempt.ts'
import type { Answered } from './flows.ts'
import { byWhom } from './report.ts'

/** What an attempt shows of the network. Silence to a datagram and attempts that could not be made show nothing. */
const RESULTS: Readonly<Record<Observed, Result | undefined>> = {
  connects: 'connects',
  // Who speaks no TLS there need not be at fault; the connection is made.
  tls: 'connects',
  refused: 'refused',
  unreachable: 'unreachable',
  timeout: 'timeout',
  reset: 'reset',
  stalls: 'stalls',
  silent: undefined,
  error: undefined,
}

/** The attempts as observations of a diagnosis. */
export function observationsOf(answered: readonly Answered[]): readonly Attempted[] {
  const counts = new Map<string, number>()
  return answered.flatMap(({ planned, compared: { answer } }) => {
    const { request } = planned.wanted
    const result = resultOf(answer, planned.attempt.talk)
    const number = (counts.get(request.from) ?? 0) + 1
    counts.set(request.from, number)
    return result === undefined ? [] : [probeObservation(request, result, byWhom(answer), number)]
  })
}

/** A name server answers every query, were it to refuse it. */
const resultOf = ({ outcome }: Answer, talk: string | undefined): Result | undefined =>
  outcome === 'silent' && talk === 'dns' ? 'timeout' : RESULTS[outcome]
