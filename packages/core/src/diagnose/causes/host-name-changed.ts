import { hostOfNode } from '../../model/kubernetes/node-host.ts'
import { formatAddress } from '../../net/address.ts'
import type { Node } from '../../parse/kubernetes/node.ts'
import type { Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { clusterOf } from './cluster.ts'
import { passesHost, relevance } from './relevance.ts'
import { suspected, told } from './state.ts'

/** The machine's name is not that of its Node, or one machine has two Nodes. */
export const hostNameChanged: Cause = {
  id: 'host.name-changed',
  suspects: (scene) => [...renamed(scene), ...twice(scene)],
}

/** `node1.example.org` and `node1` are the same machine. */
const sameName = (a: string, b: string): boolean => short(a) === short(b)
const short = (name: string): string => name.toLowerCase().split('.')[0] as string

function renamed(scene: Scene): readonly Suspect[] {
  const { nodes } = clusterOf(scene)
  return scene.documents.flatMap(({ content, place, file }) => {
    if (content.kind !== 'hostname' || place.host === undefined || place.netns !== '' || content.name === '') return []
    const node = nodes.find((one) => hostOfNode(scene.model, one)?.host === place.host)
    if (!node || sameName(node.name, content.name) || (node.hostname !== undefined && sameName(node.hostname, content.name))) return []
    const source = { file, line: 1 }
    const other = nodes.find((one) => one !== node && sameName(one.name, content.name))
    return [
      suspected(
        'host.name-changed',
        relevance(scene, (aim) => passesHost(aim, place.host ?? '')),
        {
          where: { host: place.host, object: `host name ${content.name}`, source },
          because: [
            told(`the machine calls itself ${content.name}`, source),
            told(
              `Node ${node.name} has its address, and is ${node.ready === false ? 'not ready' : 'registered by another name'}`,
              node.source,
            ),
            ...(other ? [told(`there is a second Node ${other.name}`, other.source)] : []),
          ],
          // kubelet may have been told another name (--hostname-override), and then it stays ready.
          likelihood: node.ready === false ? 0.9 : other ? 0.8 : 0.25,
        },
      ),
    ]
  })
}

function twice(scene: Scene): readonly Suspect[] {
  const byAddress = new Map<string, Node[]>()
  for (const node of clusterOf(scene).nodes)
    for (const address of node.internalAddresses)
      byAddress.set(formatAddress(address), [...(byAddress.get(formatAddress(address)) ?? []), node])
  return [...byAddress].flatMap(([address, nodes]) => {
    const down = nodes.find(({ ready }) => ready === false)
    if (nodes.length < 2 || !down) return []
    const host = hostOfNode(scene.model, down)?.host ?? ''
    return [
      suspected(
        'host.name-changed',
        relevance(scene, (aim) => passesHost(aim, host)),
        {
          where: { host, object: `Nodes ${nodes.map(({ name }) => name).join(' and ')}`, source: down.source },
          because: nodes.map(({ name, ready, source }) =>
            told(`Node ${name} has the address ${address} and is ${ready === false ? 'not ready' : 'ready'}`, source),
          ),
          likelihood: 0.85,
        },
      ),
    ]
  })
}
