import { parsePlace } from '../../model/place.ts'
import { parseAddress } from '../../net/address.ts'
import { judgementIn, worked } from './notes/reasons.ts'
import type { Attempt, Attempted, Result } from './observation.ts'

/** What `--observe` takes, for an error's hint. */
export const OBSERVATION_FORM =
  "'FROM -> TO RESULT', as 'pod/shop/web-1 -> 10.43.0.10:80 refused' or 'outside 198.51.100.7 -> 203.0.113.5:443/tcp timeout'"

const RESULTS: ReadonlySet<string> = new Set<Result>([
  'connects',
  'refused',
  'timeout',
  'unreachable',
  'reset',
  'stalls',
  'wrong-server',
  'exposed',
  'not-permitted',
  'no-name',
  'application-error',
  'fails',
])

/**
 * Reads an observation given on the command line: places as INTERFACE.md writes them, an arrow, and what came of it (a result's name, or
 * words such as `works`, `times out`). undefined: it is none.
 *
 * @example parseObservation('pod/a/b -> 10.43.0.10:80 refused')
 */
export function parseObservation(text: string): Attempted | undefined {
  const found = /^\s*(?:(\S+)(?:\s+(\S+))?\s*)?(?:->|→|=>)\s*(\S+?):?\s+(\S.*?)\s*$/.exec(text.slice(0, 1000))
  if (!found) return undefined
  const [, from, src, to = '', told = ''] = found
  const result = RESULTS.has(told) ? (told as Result) : judgementIn(told)
  if (result === undefined || !isTarget(to) || (from !== undefined && from !== '?' && !parsePlace(from))) return undefined
  if (src !== undefined && (from !== 'outside' || parseAddress(src) === undefined)) return undefined
  const attempt: Attempt = {
    from: from === '?' ? undefined : from,
    ...(src !== undefined && { src }),
    to: withProtocol(to),
    result,
  }
  return { kind: worked(result) ? 'works' : 'fails', attempt, text: `Given: ${text.trim()}`, source: undefined }
}

const isTarget = (to: string): boolean => {
  const place = parsePlace(to)?.place
  return place !== undefined
    ? place.kind !== 'outside'
    : /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:\/(?:tcp|udp))?$/.test(to)
}

/** Protocol: tcp when left out with a port. */
const withProtocol = (to: string): string => (/:\d{1,5}$/.test(to) && parseAddress(to) === undefined ? `${to}/tcp` : to)
