import type { Connection, TraceRequest } from '../../datapath/trace.ts'
import { worked } from '../observations/notes/reasons.ts'
import type { Attempted, Observation, Result } from '../observations/observation.ts'

/** An attempt that culprit made, among the observations. */
export type Probe = Attempted & { readonly id: string }

export const isProbe = (one: Observation): one is Probe => (one.kind === 'works' || one.kind === 'fails') && one.probe === true

const WORDS: Partial<Readonly<Record<Result, string>>> = {
  connects: 'connects',
  refused: 'is refused',
  timeout: 'times out',
  unreachable: 'is unreachable',
  reset: 'is reset',
  stalls: 'connects, and then hangs',
}

/**
 * The observation that a real attempt is.
 *
 * @param seen what is known besides, to be put behind: ` (by 10.0.0.5, rst)`; from the network, so unescaped
 * @param attempt which attempt of the place it was, counted from 1: a source needs a line
 */
export function probeObservation(request: TraceRequest, result: Result, seen: string, attempt: number): Attempted {
  const { from, to, src, host, iif, length } = request
  const more = Object.fromEntries(Object.entries({ src, host, iif, length }).filter(([, value]) => value !== undefined))
  return {
    kind: worked(result) ? 'works' : 'fails',
    text: `Tried just now: ${from} to ${to} ${WORDS[result] ?? result}${seen}`,
    source: { file: `probe ${from}`, line: attempt },
    attempt: { from, to, result, ...more },
    probe: true,
  }
}

/** The attempt at this very connection. */
export function probeOf(observations: readonly Observation[], { from, to, src }: TraceRequest): Probe | undefined {
  return observations.find(
    (one): one is Probe => isProbe(one) && one.attempt.from === from && one.attempt.to === to && one.attempt.src === src,
  )
}

/** What the model says of a connection that ends so. */
export function connectionOf(result: Result): Connection | undefined {
  switch (result) {
    case 'connects':
    case 'reset':
    case 'stalls':
    case 'application-error':
    case 'wrong-server':
    case 'exposed':
      return 'connects'
    case 'refused':
    case 'timeout':
    case 'unreachable':
      return result
    case 'not-permitted':
      return 'timeout'
    case 'no-name':
    case 'fails':
      return undefined
  }
}
