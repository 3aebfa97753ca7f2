import type { Document } from '../../intake/document.ts'
import { formatAddress } from '../../net/address.ts'
import { contains } from '../../net/prefix.ts'
import type { Because } from '../causes/cause.ts'
import type { CauseId } from '../causes/ids.ts'
import type { Observation } from '../observations/observation.ts'
import { containerRanges, leadsToContainers } from './container-ranges.ts'

/** What sits on the way from translation to a container of the same host. */
const ON_THE_WAY: readonly CauseId[] = [
  'policy.calico',
  'policy.kubernetes',
  'policy.stale',
  'filter.forward-policy',
  'filter.forward-rule',
  'filter.docker-isolation',
  'filter.docker-user',
  'app.not-listening',
  'app.loopback-only',
]

/**
 * A packet for a container of this host that a capture shows leaving by another device never came to the rules before the container, nor to
 * the container: none of them stopped it.
 */
export function clearedByCaptures(
  observations: readonly Observation[],
  documents: readonly Document[],
): readonly { readonly id: CauseId; readonly because: readonly Because[] }[] {
  const ranges = containerRanges(documents).filter(({ kind }) => kind === 'docker')
  const because = observations.flatMap((one): readonly Because[] => {
    if (one.kind !== 'packet' || one.sighting === 'answered') return []
    const out = one.interfaces.find(({ device, direction }) => direction === 'out' && !leadsToContainers(device))
    const dst = out?.flow.dst
    const range = dst === undefined ? undefined : ranges.find(({ prefix }) => contains(prefix, dst))
    if (!out || dst === undefined || !range) return []
    const text = `the packet to ${formatAddress(dst)}, an address of ${range.owner}, was seen leaving the host by ${out.device}: no rule before the container, and nothing in it, stopped it`
    return [{ text, source: one.source, observation: one.id }]
  })
  return because.length === 0 ? [] : ON_THE_WAY.map((id) => ({ id, because }))
}
