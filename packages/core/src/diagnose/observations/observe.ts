import type { Document } from '../../intake/document.ts'
import type { Observed } from './observation.ts'

/** Everything that the evidence tells of flows and states, in the order of the readers. */
export function observe(_documents: readonly Document[]): readonly Observed[] {
  return []
}
