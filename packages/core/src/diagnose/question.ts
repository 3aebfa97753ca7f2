import type { Question } from './diagnosis.ts'
import type { Observed, Result } from './observations/observation.ts'

const WORDS: Readonly<Record<Result, string>> = {
  connects: 'works',
  refused: 'is refused',
  timeout: 'times out',
  unreachable: 'is reported unreachable',
  reset: 'is reset',
  stalls: 'connects, and then hangs',
  'wrong-server': 'reaches another server than it should',
  exposed: 'connects, and should not',
  'not-permitted': 'is not permitted',
  'no-name': 'does not find the name',
  'application-error': 'connects, and fails behind the connection',
  fails: 'fails',
}

/** The question as an observation: that it fails is what the person who asks has seen. None where it is only asked whether it works. */
export function asked({ request, symptom }: Question): readonly Observed[] {
  if (symptom === undefined) return []
  const { from, to, src, host, iif, length } = request
  return [
    {
      kind: symptom === 'connects' ? 'works' : 'fails',
      text: `Asked: ${from} to ${to} ${WORDS[symptom]}`,
      source: undefined,
      attempt: { from, src, host, iif, to, length, result: symptom },
    },
  ]
}
