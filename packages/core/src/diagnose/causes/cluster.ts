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

/** Pods that live and that the Service selects. */
export const selectedPods = (cluster: Cluster, service: Service): readonly Pod[] =>
  cluster.pods.filter((pod) => isAlive(pod) && selects(service, pod))

/** Neither done nor about to go. */
export const isAlive = (pod: Pod): boolean => pod.phase !== 'Succeeded' && pod.phase !== 'Failed' && !pod.terminating

/** The endpoints of a Service's port in the family of its first address. */
export function endpointsOf(cluster: Cluster, service: Service, port: ServicePort): ServiceEndpoints | undefined {
  const [first] = service.clusterAddresses
  return endpointsOfPort(cluster, service, port, first === undefined ? 'ip' : familyOf(first))
}

export const serviceName = ({ namespace, name }: Service): string => `Service ${namespace}/${name}`

export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
