import type { Document } from '@culprit/core/intake/document'
import type { IncidentChange } from '../incident.ts'

/** What is not as it was when the snapshot was taken. */
export async function changesBetween(
  before: string | null,
  _after: readonly Document[],
): Promise<{ readonly changes: readonly IncidentChange[]; readonly notes: readonly string[] }> {
  if (before === null) return { changes: [], notes: ['there is no snapshot from before to compare with'] }
  return { changes: [], notes: [] }
}
