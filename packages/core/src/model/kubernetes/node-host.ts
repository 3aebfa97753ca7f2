import type { Node } from '../../parse/kubernetes/node.ts'
import type { Model } from '../model.ts'
import type { Namespace } from '../namespace.ts'
import type { Cluster } from './cluster.ts'

/** The captured host that a Node of the API is: the one that has its InternalIP, else the one of its name. */
export function hostOfNode(model: Model, node: Node): Namespace | undefined {
  for (const address of node.internalAddresses) {
    const owner = model.owners.get(address)?.find(({ namespace }) => namespace.name === '')
    if (owner) return owner.namespace
  }
  return model.hosts.get(node.name) ?? (node.hostname === undefined ? undefined : model.hosts.get(node.hostname))
}

export function nodeOfHost(model: Model, cluster: Cluster, host: string): Node | undefined {
  return cluster.nodes.find((node) => hostOfNode(model, node)?.host === host)
}
