import type { Address } from '../../net/address.ts'
import type { Service } from '../../parse/kubernetes/service.ts'
import type { Scene } from '../scene.ts'
import type { Aim } from './aim.ts'
import { clusterOf } from './cluster.ts'

/** NodeLocal DNSCache's address, by its documentation. */
export const NODE_LOCAL: Address = 0xa9fe140a

/** The Service by which pods ask for names. */
export function dnsServices(scene: Scene): readonly Service[] {
  return clusterOf(scene).services.filter(
    ({ name, namespace, labels }) =>
      namespace === 'kube-system' && (labels['k8s-app'] === 'kube-dns' || /^(?:kube-dns|coredns|rke2-coredns-rke2-coredns)$/.test(name)),
  )
}

/** A query: port 53 of the cluster's DNS, or of any address. */
export const asksDns = (aim: Aim): boolean => aim.ports.has(53)

/** The Corefile of each ConfigMap, with its lines as they stand. */
export function corefilesOf(
  scene: Scene,
): readonly { readonly text: string; readonly name: string; readonly source: { readonly file: string; readonly line: number } }[] {
  return clusterOf(scene).objects.flatMap(({ object, source }) => {
    if (object.kind !== 'ConfigMap' || typeof object.data !== 'object' || object.data === null) return []
    const { Corefile } = object.data as { readonly Corefile?: unknown }
    return typeof Corefile === 'string'
      ? [{ text: Corefile, name: `${object.metadata.namespace ?? 'default'}/${object.metadata.name}`, source }]
      : []
  })
}
