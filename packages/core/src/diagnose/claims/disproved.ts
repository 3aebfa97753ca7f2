import type { Contradiction, FoundCause } from '../diagnosis.ts'
import { WORTH_A_LOOK } from '../diagnosis.ts'
import type { Observation } from '../observations/observation.ts'

type Claim = Extract<Observation, { readonly kind: 'claim' }> & { readonly id: string }

/** The notes name a cause, and the model proves another and finds nothing of that one: what fails works without the proved one. */
export function disproved(observations: readonly Observation[], causes: readonly FoundCause[]): readonly Contradiction[] {
  const [first] = causes
  if (first?.status !== 'proved' || first.explains.length === 0) return []
  const found = new Set(causes.filter(({ confidence }) => confidence > WORTH_A_LOOK).map(({ id }) => id))
  return observations
    .filter(
      (one): one is Claim =>
        one.kind === 'claim' && one.asserts === 'cause' && one.causes.length > 0 && !one.causes.some((id) => found.has(id)),
    )
    .map(({ id, subject }) => ({
      claim: id,
      evidence: first.explains,
      text: `the notes blame ${subject || 'another cause'}; on the model what fails works without ${first.where.object}, and nothing speaks for what they blame`,
    }))
}
