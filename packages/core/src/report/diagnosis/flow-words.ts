import type { Diagnosis } from '../../diagnose/diagnosis.ts'
import { RESULT_WORDS, ROLE_WORDS } from '../../diagnose/observations/words.ts'
import type { Symptom } from '../../diagnose/scene.ts'

type Told = Pick<Diagnosis, 'observations'>

/** Who tried: the place, else what sort of place the notes tell of; undefined: they do not tell. */
export function senderText({ observations }: Told, { observation, request, untraceable }: Symptom): string | undefined {
  const seen = observations.find(({ id }) => id === observation)
  const attempt = seen?.kind === 'fails' || seen?.kind === 'works' ? seen.attempt : undefined
  if (!attempt) return untraceable === undefined ? request.from : undefined
  return attempt.from ?? (attempt.roles?.from ? ROLE_WORDS[attempt.roles.from] : undefined)
}

/** `netns/h/p1 to 10.43.0.10:80`, `a pod to ClusterIP:80`; where nobody is named, `somebody`. */
export const flowText = (told: Told, symptom: Symptom): string => `${senderText(told, symptom) ?? 'somebody'} to ${symptom.request.to}`

/** The same with what came of it, each connection once; one whose sender is told stands for the same one told without. */
export function symptomTexts(told: Told, symptoms: readonly Symptom[]): readonly string[] {
  const isNamed = (one: Symptom): boolean => /[/\d]|^outside$/.test(senderText(told, one) ?? '')
  const named = new Set(symptoms.filter(isNamed).map(keyOf))
  const all = symptoms
    .filter((one) => isNamed(one) || !named.has(keyOf(one)))
    .map((one) => `${flowText(told, one)}${one.result === undefined ? '' : ` ${RESULT_WORDS[one.result]}`}`)
  return [...new Set(all)]
}

const keyOf = ({ request: { to }, result }: Symptom): string => `${to.replace(/\/tcp$/, '')} ${result}`
