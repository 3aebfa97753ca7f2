import { createEngine } from '../../datapath/engine.ts'
import { applyChanges } from '../../model/change/apply.ts'
import type { Because, Suspect } from '../causes/cause.ts'
import type { Tried } from '../convict.ts'
import { isExplained, retraced, type Scene, type Symptom } from '../scene.ts'
import { connectionOf, isProbe, type Probe, probeOf } from './observed.ts'

/**
 * What real attempts say of the suspects after their trials. Where missing evidence leaves several ways open, the attempt shows which of them is
 * real: if none that is left without the suspect ends as the attempt did, the suspect is proved. Where the connection works now, nobody is.
 */
export function settledByProbes(scene: Scene, tried: readonly Tried[]): readonly Tried[] {
  return scene.observations.some(isProbe) ? tried.map((one) => settled(scene, one)) : tried
}

interface Accused {
  readonly symptom: Symptom
  readonly probe: Probe
}

function settled(scene: Scene, one: Tried): Tried {
  if (one.trial !== 'cured') return one
  const accused = scene.symptoms.filter((symptom) => symptom.outcomes.length > 0 && isExplained(symptom, one.suspect))
  const probed = accused.flatMap((symptom): readonly Accused[] => {
    const probe = probeOf(scene.observations, symptom.request)
    return probe ? [{ symptom, probe }] : []
  })
  if (probed.length === 0) return one
  const failing = probed.filter(({ probe }) => probe.kind === 'fails')
  const [first] = failing
  if (!first) return probed.length === accused.length ? refuted(one, probed) : one
  const shown = failing.find(({ symptom, probe }) => endsSo(symptom, probe))
  if (!shown) return one
  if (!one.open) return withReason(one, { text: `a real attempt ends as on the model: ${shown.probe.text}`, observation: shown.probe.id })
  return needed(scene, one.suspect, shown)
    ? withReason({ ...one, open: false }, { text: `of the ways that the evidence leaves open only those through it end as the real attempt did: ${shown.probe.text}`, observation: shown.probe.id }) // biome-ignore format: a sentence
    : one
}

const withReason = (one: Tried, reason: Because): Tried => ({
  ...one,
  suspect: { ...one.suspect, because: [...one.suspect.because, reason] },
})

/** It may have been so when the evidence was taken; it is not now. */
function refuted(one: Tried, probed: readonly Accused[]): Tried {
  const against = probed.map(({ probe }): Because => ({ text: `it works now: ${probe.text}`, observation: probe.id }))
  return { ...one, open: true, suspect: { ...one.suspect, against: [...one.suspect.against, ...against] } }
}

/** One of the model's ways ends as the attempt did. */
function endsSo({ outcomes }: Symptom, { attempt: { result } }: Probe): boolean {
  const connection = connectionOf(result)
  return outcomes.some((outcome) => outcome.connection === connection)
}

/** Without the suspect no way of the model ends as the attempt did, nor in the unknown. */
function needed(scene: Scene, suspect: Suspect, { symptom, probe }: Accused): boolean {
  const { documents } = applyChanges(scene.documents, suspect.without ?? [])
  const after = retraced(createEngine(documents), symptom, suspect.request)
  return after.outcomes.length > 0 && !endsSo(after, probe) && after.outcomes.every(({ connection }) => connection !== 'unknown')
}
