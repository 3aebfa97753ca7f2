import { foreignProxy } from '../../../model/kubernetes/service-address.ts'
import { endpointsOfPort } from '../../../model/kubernetes/service-endpoints.ts'
import { familyOf } from '../../../net/address.ts'
import type { Service } from '../../../parse/kubernetes/service.ts'
import { because, type Check, type Examined, missing, seen, together } from '../check.ts'
import type { CheckScene } from '../scene.ts'

export const serviceEndpoints: Check = {
  id: 'service-endpoints',
  holds: 'every Service has a ready endpoint',
  why: 'connections to it are refused at once, or get no answer',
  evidence: ['cluster/services.json', 'cluster/endpointslices.json', 'cluster/pods.json'],
  causes: ['service.no-endpoints'],
  run: (scene) =>
    together(
      scene.cluster.services
        .filter((service) => service.type !== 'ExternalName' && service.ports.length > 0 && foreignProxy(service) === undefined)
        .map((service) => examine(scene, service)),
    ),
}

function examine({ cluster }: CheckScene, service: Service): Examined {
  const object = `svc/${service.namespace}/${service.name}`
  const family = service.clusterAddresses[0] === undefined ? 'ip' : familyOf(service.clusterAddresses[0])
  const parts = service.ports.map((port) => ({ port, found: endpointsOfPort(cluster, service, port, family) }))
  if (parts.some(({ found }) => found === undefined)) return missing('cluster/endpointslices.json')
  const empty = parts.filter(
    ({ found }) => found?.complete && !found.backends.some(({ ready, serving, terminating }) => ready || (serving && terminating)),
  )
  return seen(
    ...empty.map(({ port, found }) => {
      const waiting = found?.backends ?? []
      const text = waiting.length > 0 ? `${waiting.length} not ready` : 'none at all'
      return {
        // With none at all it may be meant so (scaled to zero); pods that are not ready are not.
        severity: waiting.length > 0 ? ('error' as const) : ('warning' as const),
        cause: 'service.no-endpoints' as const,
        object,
        text: `port ${port.name ?? port.port} of Service ${service.namespace}/${service.name} has no ready endpoint (${found?.from}: ${text})`,
        because: [
          because(`Service ${service.name}`, service.source),
          ...waiting.slice(0, 3).map((one) => because(`${one.pod ?? 'endpoint'} is not ready`, one.source)),
        ],
      }
    }),
  )
}
