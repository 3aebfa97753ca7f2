import type { Question } from './diagnosis.ts'
import type { Observed } from './observations/observation.ts'
import { RESULT_WORDS } from './observations/words.ts'

/** The question as an observation: that it fails is what the person who asks has seen. None where it is only asked whether it works. */
export function asked({ request, symptom }: Question): readonly Observed[] {
  if (symptom === undefined) return []
  const { from, to, src, host, iif, length } = request
  return [
    {
      kind: symptom === 'connects' ? 'works' : 'fails',
      text: `Asked: ${from} to ${to} ${RESULT_WORDS[symptom]}`,
      source: undefined,
      attempt: { from, src, host, iif, to, length, result: symptom },
    },
  ]
}
