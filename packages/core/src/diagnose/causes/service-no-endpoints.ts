import type { Cluster } from '../../model/kubernetes/cluster.ts'
import { fields, integer, labelsOf } from '../../parse/kubernetes/fields.ts'
import type { Service } from '../../parse/kubernetes/service.ts'
import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { clusterOf, endpointsOf, selectedPods, serviceName } from './cluster.ts'
import { relevance, towardsService } from './relevance.ts'
import { suspected, told } from './state.ts'

/** No endpoint of the Service is ready, as the API's objects tell it. */
export const serviceNoEndpoints: Cause = {
  id: 'service.no-endpoints',
  suspects: (scene) => clusterOf(scene).services.flatMap((service) => suspect(scene, clusterOf(scene), service)),
}

function suspect(scene: Scene, cluster: Cluster, service: Service): readonly Suspect[] {
  if (service.type === 'ExternalName') return []
  const known = service.ports.map((port) => endpointsOf(cluster, service, port))
  const told_ = known.filter((one) => one !== undefined)
  if (told_.length === 0 || told_.length < known.length || (told_.some(({ complete }) => !complete) && !shownEmpty(cluster, service)))
    return []
  if (told_.some(({ backends }) => backends.some(({ ready }) => ready))) return []
  const from = told_[0]?.from
  const because: Because[] = [
    told(
      from === 'pods'
        ? `no pod that ${serviceName(service)} selects is ready`
        : `the ${from} objects of ${serviceName(service)} hold no ready endpoint`,
      told_.flatMap(({ backends }) => backends)[0]?.source ??
        cluster.endpoints.get(`${service.namespace}/${service.name}`)?.[0]?.source ??
        service.source,
    ),
    ...selectedPods(cluster, service)
      .slice(0, 3)
      .map((pod) =>
        told(`Pod ${pod.namespace}/${pod.name} is in phase ${pod.phase ?? 'not told'}, ready: ${pod.ready ?? 'not told'}`, pod.source),
      ),
    ...scaledToNone(cluster, service),
  ]
  const needed = relevance(scene, (aim) => towardsService(aim, service))
  return [
    suspected('service.no-endpoints', needed, {
      where: { host: '', object: serviceName(service), source: service.source },
      because,
      // Many clusters keep Services that nobody serves at the moment.
      likelihood: needed.hit ? 0.9 : 0.3,
    }),
  ]
}

/** A table shows few endpoints of many, and `<none>` where there are none. */
function shownEmpty({ endpoints }: Cluster, { namespace, name }: Service): boolean {
  const groups = endpoints.get(`${namespace}/${name}`) ?? []
  return groups.length > 0 && groups.every((group) => group.endpoints.length === 0)
}

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet'])

function scaledToNone({ objects }: Cluster, service: Service): readonly Because[] {
  return objects.flatMap(({ object, source }) => {
    const spec = fields(object.spec)
    const labels = labelsOf(fields(fields(spec.template).metadata).labels)
    const selected = Object.entries(service.selector ?? { '': '' }).every(([key, value]) => labels[key] === value)
    const here = WORKLOADS.has(object.kind) && (object.metadata.namespace ?? 'default') === service.namespace
    return here && selected && integer(spec.replicas) === 0
      ? [told(`${object.kind} ${object.metadata.name} is scaled to 0 replicas`, source)]
      : []
  })
}
