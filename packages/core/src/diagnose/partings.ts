import { matchToModel, observedParting } from './observations/capture/match-model.ts'
import type { Observation, PacketsSeen } from './observations/observation.ts'
import type { Symptom } from './scene.ts'

/**
 * Where captures and the model part is itself an observation: the packet left by another device than the routes in the evidence say, went on
 * where the rules would drop it, or never left although nothing stops it. Something is at work that the evidence does not hold.
 *
 * @param from the number of the first new id
 */
export function observedPartings(observations: readonly Observation[], traced: readonly Symptom[], from: number): readonly Observation[] {
  const seen = observations.filter((one): one is PacketsSeen & { readonly id: string } => one.kind === 'packet' && one.sighting !== 'way')
  const texts = new Set<string>()
  const found: PacketsSeen[] = []
  for (const observation of seen) {
    for (const { outcomes } of traced) {
      for (const parting of matchToModel(observation, outcomes)) {
        if (texts.has(parting.text)) continue
        texts.add(parting.text)
        found.push(observedParting(observation, parting))
      }
    }
  }
  return found.map((one, i) => ({ ...one, id: `o${from + i}` }))
}
