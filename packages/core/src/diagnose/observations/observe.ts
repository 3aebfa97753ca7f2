import type { Document } from '../../intake/document.ts'
import { observationsOfCaptures } from './capture/observations.ts'
import { observationsOfKernelLogs } from './kernel-log/observations.ts'
import { observationsOfNotes } from './notes/notes.ts'
import type { Observed } from './observation.ts'

/** Everything that the evidence tells of flows and states, in the order of the readers. */
export function observe(documents: readonly Document[]): readonly Observed[] {
  return [...observationsOfNotes(documents), ...observationsOfCaptures(documents), ...observationsOfKernelLogs(documents)]
}
