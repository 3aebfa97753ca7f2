import type { Pod } from '../../../parse/kubernetes/pod.ts'
import type { Service, ServicePort } from '../../../parse/kubernetes/service.ts'
import { because, type Check, type Found, seen, together } from '../check.ts'
import { servicesWithPods } from './service-selector.ts'

export const serviceTargetPort: Check = {
  id: 'service-target-port',
  holds: 'every Service’s targetPort is a port of its pods',
  why: 'with a name that no pod has the Service has no endpoint; with a number nobody listens on connections are refused',
  evidence: ['cluster/services.json', 'cluster/pods.json'],
  causes: ['service.target-port'],
  run: (scene) =>
    together(
      [...servicesWithPods(scene)]
        .filter(({ own }) => own.length > 0)
        .map(({ service, own }) => seen(...service.ports.map((port) => wrong(service, port, own)))),
    ),
}

function wrong(service: Service, port: ServicePort, pods: readonly Pod[]): Found | undefined {
  const declared = pods.flatMap((pod) => pod.containers.flatMap(({ ports }) => ports))
  const target = port.targetPort ?? port.port
  const object = `svc/${service.namespace}/${service.name}`
  const [pod] = pods
  const known = [...new Set(declared.map((one) => (one.name === undefined ? `${one.port}` : `${one.name} (${one.port})`)))].join(', ')
  const reasons = [
    because(`port ${port.port}, targetPort ${target}`, service.source),
    because(`ports of pod ${pod?.name}: ${known || 'none declared'}`, pod?.source),
  ]
  if (typeof target === 'string') {
    if (declared.some(({ name, protocol }) => name === target && protocol === port.protocol)) return undefined
    return {
      severity: 'error',
      cause: 'service.target-port',
      object,
      text: `port ${port.port} of Service ${service.name} leads to a port named "${target}", and no pod of it has one${known ? ` (they have ${known})` : ''}`,
      because: reasons,
    }
  }
  // Ports need not be declared; where they are, another number is most likely a mistake.
  if (declared.length === 0 || declared.some((one) => one.port === target && one.protocol === port.protocol)) return undefined
  return {
    severity: 'warning',
    cause: 'service.target-port',
    object,
    text: `port ${port.port} of Service ${service.name} leads to ${target}/${port.protocol}, and its pods declare ${known}`,
    because: reasons,
  }
}
