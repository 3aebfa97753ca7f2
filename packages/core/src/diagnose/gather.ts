import type { Observation, Observed } from './observations/observation.ts'

/** Gives ids, `o1` first, to what was observed; the same thing told twice is one. Ids in `without` are left out. */
export function numbered(observed: readonly Observed[], without: readonly string[] = []): readonly Observation[] {
  const seen = new Set<string>()
  const kept = observed.filter(({ kind, text, source }) => {
    const key = `${kind} ${text} ${source?.file}:${source?.line}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
  const left = new Set(without)
  return kept.map((one, i): Observation => ({ ...one, id: `o${i + 1}` })).filter(({ id }) => !left.has(id))
}
