import { type Cluster, collectCluster } from '../../model/kubernetes/cluster.ts'
import { endpointsOfPort, type ServiceEndpoints } from '../../model/kubernetes/service-endpoints.ts'
import { familyOf } from '../../net/address.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'
import type { Service, ServicePort } from '../../parse/kubernetes/service.ts'
import type { Scene } from '../scene.ts'
import { selects } from './relevance.ts'

const known = new WeakMap<Scene, Cluster>()

/** What the API server knows, gathered once for a scene. */
export function clusterOf(scene: Scene): Cluster {
  const cached = known.get(scene)
  if (cached) return cached
  const cluster = collectCluster(scene.documents)
  known.set(scene, cluster)
  return cluster
}

/** Pods by namespace, and by namespace and label: a cluster has thousands of pods and of Services. */
interface PodIndex {
  readonly byNamespace: ReadonlyMap<string, readonly Pod[]>
  readonly byLabel: ReadonlyMap<string, readonly Pod[]>
}

const indexes = new WeakMap<Cluster, PodIndex>()

function indexOf(cluster: Cluster): PodIndex {
  const cached = indexes.get(cluster)
  if (cached) return cached
  const byNamespace = new Map<string, Pod[]>()
  const byLabel = new Map<string, Pod[]>()
  const put = (map: Map<string, Pod[]>, key: string, pod: Pod): void => {
    const list = map.get(key)
    if (list) list.push(pod)
    else map.set(key, [pod])
  }
  for (const pod of cluster.pods) {
    put(byNamespace, pod.namespace, pod)
    for (const [key, value] of Object.entries(pod.labels)) put(byLabel, `${pod.namespace}\0${key}\0${value}`, pod)
  }
  const index = { byNamespace, byLabel }
  indexes.set(cluster, index)
  return index
}

export const podsIn = (cluster: Cluster, namespace: string): readonly Pod[] => indexOf(cluster).byNamespace.get(namespace) ?? []

/** Pods that live and that the Service selects. */
export function selectedPods(cluster: Cluster, service: Service): readonly Pod[] {
  const { byLabel } = indexOf(cluster)
  const pairs = Object.entries(service.selector ?? {}).map(([key, value]) => byLabel.get(`${service.namespace}\0${key}\0${value}`) ?? [])
  const [fewest = []] = pairs.sort((a, b) => a.length - b.length)
  return fewest.filter((pod) => isAlive(pod) && selects(service, pod))
}

/** Neither done nor about to go. */
export const isAlive = (pod: Pod): boolean => pod.phase !== 'Succeeded' && pod.phase !== 'Failed' && !pod.terminating

/** The endpoints of a Service's port in the family of its first address. */
export function endpointsOf(cluster: Cluster, service: Service, port: ServicePort): ServiceEndpoints | undefined {
  const [first] = service.clusterAddresses
  const selected = selectedPods(cluster, service)
  // One pod of its namespace that it does not select tells that pods were captured, and is no endpoint.
  const pods = selected.length > 0 ? selected : podsIn(cluster, service.namespace).slice(0, 1)
  return endpointsOfPort({ ...cluster, pods }, service, port, first === undefined ? 'ip' : familyOf(first))
}

export const serviceName = ({ namespace, name }: Service): string => `Service ${namespace}/${name}`

export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
