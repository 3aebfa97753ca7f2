import type { Address, Family } from '../../net/address.ts'
import { familyOf } from '../../net/address.ts'
import type { Node } from '../../parse/kubernetes/node.ts'
import type { Service, ServicePort } from '../../parse/kubernetes/service.ts'

/** How a client addresses a Service: each kind has its own policy and its own way to fail. */
export type EntryKind = 'cluster-ip' | 'external-ip' | 'load-balancer' | 'node-port'

/** One address and port under which a Service's port can be reached. */
export interface ServiceEntry {
  readonly kind: EntryKind
  readonly address: Address
  readonly port: number
  readonly servicePort: ServicePort
}

/** Every way into a Service on one node. Headless and ExternalName Services have none: DNS alone knows them. */
export function entriesOf(service: Service, node: Node | undefined): readonly ServiceEntry[] {
  if (service.type === 'ExternalName') return []
  return service.ports.flatMap((servicePort) => {
    const at = (kind: EntryKind, addresses: readonly Address[], port: number): readonly ServiceEntry[] =>
      addresses.map((address) => ({ kind, address, port, servicePort }))
    const { port, nodePort } = servicePort
    return [
      ...at('cluster-ip', service.clusterAddresses, port),
      ...at('external-ip', service.externalAddresses, port),
      ...(service.type === 'LoadBalancer' ? at('load-balancer', service.loadBalancerAddresses, port) : []),
      ...(nodePort === undefined ? [] : at('node-port', familiesOf(service, node?.internalAddresses ?? []), nodePort)),
    ]
  })
}

/** A node port is open on the node's addresses of the families that the Service has. */
function familiesOf(service: Service, addresses: readonly Address[]): readonly Address[] {
  const families = new Set<Family>(service.clusterAddresses.map(familyOf))
  return addresses.filter((address) => families.has(familyOf(address)))
}

/** Another program than kube-proxy serves it (LabelServiceProxyName). */
export const foreignProxy = (service: Service): string | undefined => service.labels['service.kubernetes.io/service-proxy-name']
