import { compareEvidence, type OwnedDifference } from '@culprit/core/diagnose/comparison'
import type { Document } from '@culprit/core/intake/document'
import { readDocuments } from '@culprit/core/intake/documents'
import type { DifferenceKind } from '@culprit/core/model/difference/difference'
import type { OwnerBook } from '@culprit/core/netfilter/owners/book'
import { changeText } from '@culprit/core/report/diff/words'
import { systemReason } from '../../bundle/evidence.ts'
import { readEvidence } from '../../bundle/read.ts'
import type { IncidentChange } from '../incident.ts'

/** So many changes are kept with an incident; `culprit diff` of its snapshots shows the rest. */
const MOST = 50

/** What stands in a packet's way comes first; what only goes with it (sockets, modules, pods that came and went) last. */
const TELLING: readonly (readonly DifferenceKind[])[] = [
  ['policy', 'rule', 'route', 'routing-rule', 'link', 'address', 'sysctl', 'fdb', 'neighbour', 'set-entry'],
  ['chain', 'set', 'table', 'wireguard-peer', 'virtual-service', 'unit', 'container', 'network'],
]

/** What is not as it was when the snapshot was taken: the most telling first. */
export async function changesBetween(
  before: string | null,
  after: readonly Document[],
  owners: OwnerBook,
): Promise<{ readonly changes: readonly IncidentChange[]; readonly notes: readonly string[] }> {
  if (before === null) return { changes: [], notes: ['there is no snapshot from before to compare with'] }
  try {
    const { files, errors } = await readEvidence([before])
    if (files.length === 0) return { changes: [], notes: [`the snapshot from before cannot be read: ${errors[0]?.text ?? 'it is empty'}`] }
    const { found, nothing } = compareEvidence(readDocuments(files), after, owners, { flows: false })
    if (nothing) return { changes: [], notes: ['the snapshot from before holds nothing that could be compared'] }
    const more = found.length > MOST ? [`${found.length - MOST} more changes are not listed: culprit diff shows them`] : []
    return { changes: ranked(found).slice(0, MOST).map(incidentChange), notes: more }
  } catch (error) {
    return { changes: [], notes: [`the snapshot from before cannot be read: ${systemReason(error)}`] }
  }
}

function ranked(found: readonly OwnedDifference[]): readonly OwnedDifference[] {
  // Of the same kind, what the host has changed itself comes before what a pod has.
  const rank = ({ kind, netns }: OwnedDifference): number => {
    const at = TELLING.findIndex((kinds) => kinds.includes(kind))
    return (at < 0 ? TELLING.length : at) * 2 + (netns === '' ? 0 : 1)
  }
  return [...found].sort((a, b) => rank(a) - rank(b))
}

const incidentChange = (one: OwnedDifference): IncidentChange => ({
  where: one.host === '' ? 'the cluster' : one.netns === '' ? one.host : `${one.host}/${one.netns}`,
  text: changeText(one),
})
