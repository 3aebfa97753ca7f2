import type { Source } from '../../facts/source.ts'
import { hostOfNode } from '../../model/kubernetes/node-host.ts'
import { fields, items, string } from '../../parse/kubernetes/fields.ts'
import { type Node, nodeOf } from '../../parse/kubernetes/node.ts'
import type { Scene } from '../scene.ts'
import type { Aim } from './aim.ts'
import { podStates } from './pod-states.ts'
import { passesHost, towardsPod } from './relevance.ts'

/** A node that is not ready, with what its condition says. */
export interface NodeState {
  readonly node: Node
  readonly reason: string
  readonly message: string
  readonly source: Source
}

/** Nodes whose condition Ready is False or Unknown; of one that was captured several times the telling one. */
export function unreadyNodes(scene: Scene): readonly NodeState[] {
  const byName = new Map<string, NodeState>()
  const ready = new Set<string>()
  for (const { content } of scene.documents) {
    if (content.kind !== 'kubernetes') continue
    for (const sourced of content.objects) {
      const node = nodeOf(sourced)
      if (node?.ready === true && !node.partial) ready.add(node.name)
      if (node?.ready !== false) continue
      const condition = items(fields(sourced.object.status).conditions)
        .map(fields)
        .find(({ type }) => type === 'Ready')
      const state = { node, reason: string(condition?.reason) ?? '', message: string(condition?.message) ?? '', source: sourced.source }
      const known = byName.get(node.name)
      if (!known || (known.message === '' && state.message !== '')) byName.set(node.name, state)
    }
  }
  return [...byName.values()].filter(({ node }) => !ready.has(node.name))
}

/** Does a connection pass the node, or lead to a pod on it? */
export function towardsNode(scene: Scene, aim: Aim, node: Node): boolean {
  const host = hostOfNode(scene.model, node)?.host
  if (host !== undefined && passesHost(aim, host)) return true
  if (node.internalAddresses.some((address) => aim.addresses.has(address)) || aim.name === node.name) return true
  return podStates(scene).some(({ pod }) => pod.node === node.name && towardsPod(scene, aim, pod))
}

/** The node waits for its network plugin, which is a cause of its own. */
export const lacksNetwork = ({ message }: NodeState): boolean =>
  /NetworkPluginNotReady|cni (?:plugin|config)|network plugin is not ready|NetworkReady=false/i.test(message)
