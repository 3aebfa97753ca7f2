import { formatPrefix } from '../../../net/prefix.ts'
import type { Scene } from '../../scene.ts'
import { aimsOf } from '../aim.ts'
import type { Cause, Suspect } from '../cause.ts'
import { clusterOf, serviceName } from '../cluster.ts'

/** A Service that only some may reach, and somebody does not reach it: from where is not told by any rule that was captured. */
export const sourceRangesTold: Cause = {
  id: 'service.source-ranges',
  suspects: (scene) => {
    const open = aimsOf(scene).filter(
      ({ symptom }) => symptom.result === 'timeout' && symptom.outcomes.every(({ verdict }) => verdict === 'unknown'),
    )
    const explains = open.flatMap(({ symptom }) => symptom.observation ?? [])
    return explains.length === 0 ? [] : suspects(scene, explains)
  },
}

const suspects = (scene: Scene, explains: readonly string[]): readonly Suspect[] =>
  clusterOf(scene)
    .services.filter(
      ({ loadBalancerSourceRanges }) => loadBalancerSourceRanges.length > 0 && loadBalancerSourceRanges.every(({ length }) => length > 0),
    )
    .map((service) => ({
      cause: 'service.source-ranges' as const,
      where: { host: '', object: serviceName(service), source: service.source },
      because: [
        {
          text: `${serviceName(service)} admits ${service.loadBalancerSourceRanges.slice(0, 4).map(formatPrefix).join(', ')} alone (loadBalancerSourceRanges)`,
          source: service.source,
        },
      ],
      against: [],
      likelihood: 0.7,
      explains,
    }))
