import type { Document } from '../../intake/document.ts'
import { type EndpointGroup, endpointsOf } from '../../parse/kubernetes/endpoints.ts'
import { labelsOf } from '../../parse/kubernetes/fields.ts'
import { type Node, nodeOf } from '../../parse/kubernetes/node.ts'
import { type Pod, podOf } from '../../parse/kubernetes/pod.ts'
import type { SourcedObject } from '../../parse/kubernetes/read.ts'
import { type Service, serviceOf } from '../../parse/kubernetes/service.ts'

/** What the API server knows of a cluster, as far as it was captured. */
export interface Cluster {
  readonly pods: readonly Pod[]
  readonly services: readonly Service[]
  readonly nodes: readonly Node[]
  /** EndpointSlices and Endpoints by `namespace/service`. */
  readonly endpoints: ReadonlyMap<string, readonly EndpointGroup[]>
  /** Labels of each namespace whose object was captured. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Kinds of which any object was captured: without one, absence proves nothing. */
  readonly kinds: ReadonlySet<string>
  /** Every object, for views of other kinds (policies). */
  readonly objects: readonly SourcedObject[]
}

/** Gathers the objects of all documents. The same object captured twice (`all.json` and `pods.json`) is kept once, the fuller one. */
export function collectCluster(documents: readonly Document[]): Cluster {
  const byName = new Map<string, SourcedObject>()
  for (const { content } of documents) {
    if (content.kind !== 'kubernetes') continue
    for (const sourced of content.objects) {
      const { apiVersion, kind, metadata } = sourced.object
      const key = `${(apiVersion ?? '').split('/')[0]} ${kind} ${metadata.namespace ?? 'default'} ${metadata.name}`
      const known = byName.get(key)
      if (!known || (known.partial && !sourced.partial)) byName.set(key, sourced)
    }
  }
  return clusterOf([...byName.values()])
}

export function clusterOf(objects: readonly SourcedObject[]): Cluster {
  const endpoints = new Map<string, EndpointGroup[]>()
  for (const group of objects.flatMap(endpointsOf)) {
    const key = `${group.namespace}/${group.service}`
    const known = endpoints.get(key)
    if (known) known.push(group)
    else endpoints.set(key, [group])
  }
  return {
    pods: objects.flatMap((object) => podOf(object) ?? []),
    services: objects.flatMap((object) => serviceOf(object) ?? []),
    nodes: objects.flatMap((object) => nodeOf(object) ?? []),
    endpoints,
    namespaces: namespaceLabels(objects),
    kinds: new Set(objects.map(({ object }) => object.kind)),
    objects,
  }
}

/** Since 1.21 the API server gives every namespace its name as a label. */
function namespaceLabels(objects: readonly SourcedObject[]): Map<string, Readonly<Record<string, string>>> {
  const found = objects.filter(({ object }) => object.kind === 'Namespace')
  return new Map(
    found.map(({ object: { metadata } }) => [
      metadata.name,
      { 'kubernetes.io/metadata.name': metadata.name, ...labelsOf(metadata.labels) },
    ]),
  )
}
