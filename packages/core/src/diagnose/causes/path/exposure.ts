import { observationsOf } from '../../scene.ts'
import type { Cause } from '../cause.ts'
import { faultOfStep, quoted, withoutStep } from '../suspect.ts'
import { translationsOf } from './translation.ts'

/** A published port is translated before the firewall's INPUT rules could see it, and forwarded past them. */
export const PUBLISHED_PAST_FIREWALL: Cause = {
  id: 'exposure.published-past-firewall',
  suspects: ({ symptoms }) =>
    symptoms
      .filter(({ result }) => result === 'exposed')
      .flatMap((symptom) =>
        symptom.outcomes.flatMap((outcome) => {
          const [step] = translationsOf(outcome.steps)
          if (!step || outcome.connection !== 'connects') return []
          return [
            {
              cause: 'exposure.published-past-firewall' as const,
              where: faultOfStep(step),
              because: [
                quoted('the packet is translated before it is routed, so that it goes through FORWARD and never meets INPUT', step),
              ],
              against: [],
              likelihood: 0.95,
              without: [withoutStep(step)].filter((change) => change !== undefined),
              explains: observationsOf(symptom),
            },
          ]
        }),
      ),
}
