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

interface Idle {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly because: Because
}

const idle = new WeakMap<Cluster, readonly Idle[]>()

/** Workloads that are scaled to no replica at all, gathered once: a cluster has thousands of objects and of Services. */
function idleOf(cluster: Cluster): readonly Idle[] {
  const known =
    idle.get(cluster) ??
    cluster.objects.flatMap(({ object, source }): readonly Idle[] => {
      const spec = fields(object.spec)
      if (!WORKLOADS.has(object.kind) || integer(spec.replicas) !== 0) return []
      const because = told(`${object.kind} ${object.metadata.name} is scaled to 0 replicas`, source)
      return [
        { namespace: object.metadata.namespace ?? 'default', labels: labelsOf(fields(fields(spec.template).metadata).labels), because },
      ]
    })
  idle.set(cluster, known)
  return known
}

function scaledToNone(cluster: Cluster, { namespace, selector = { '': '' } }: Service): readonly Because[] {
  const wanted = Object.entries(selector)
  return idleOf(cluster)
    .filter((one) => one.namespace === namespace && wanted.every(([key, value]) => one.labels[key] === value))
    .map(({ because }) => because)
}
