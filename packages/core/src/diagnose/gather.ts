import type { Observation, Observed } from './observations/observation.ts'

/** Gives ids, `o1` first, to what was observed; the same thing told twice is one. */
export function numbered(observed: readonly Observed[]): readonly Observation[] {
  const seen = new Set<string>()
  const kept = observed.filter(({ kind, text, source }) => {
    const key = `${kind} ${text} ${source?.file}:${source?.line}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
  return kept.map((one, i): Observation => ({ ...one, id: `o${i + 1}` }))
}

/** What is left without the observations of these ids. */
export function leaving(observations: readonly Observation[], without: readonly string[]): readonly Observation[] {
  const left = new Set(without)
  return observations.filter(({ id }) => !left.has(id))
}
