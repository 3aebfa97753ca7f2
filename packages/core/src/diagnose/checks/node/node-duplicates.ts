import { formatAddress } from '../../../net/address.ts'
import type { Node } from '../../../parse/kubernetes/node.ts'
import { because, type Check, type Found } from '../check.ts'
import { short } from '../host/names.ts'

export const nodeDuplicates: Check = {
  id: 'node-duplicates',
  holds: 'no machine is registered as two Nodes',
  why: 'after a change of its host name kubelet registers a second Node; the pods of the first are lost',
  evidence: ['cluster/nodes.json'],
  causes: ['host.name-changed'],
  runbook: 'restore-host-name',
  run({ cluster: { nodes } }) {
    const findings = nodes.flatMap((node, i) => nodes.slice(i + 1).flatMap((other) => twice(node, other) ?? []))
    return { looked: nodes.length, findings, missing: [] }
  },
}

function twice(one: Node, other: Node): Found | undefined {
  const shared = one.internalAddresses.find((address) => other.internalAddresses.includes(address))
  // `mas3` and `mas3.example.com`; with one of them not ready there is no doubt.
  const related = short(one.name) === short(other.name) && (one.name === short(one.name) || other.name === short(other.name))
  if (shared === undefined && !(related && (one.ready === false || other.ready === false))) return undefined
  const dead = one.ready === false ? one : other.ready === false ? other : undefined
  const fake = dead === one ? other : dead === other ? one : undefined
  return {
    severity: 'error',
    cause: 'host.name-changed',
    host: (dead ?? one).name,
    object: `Node ${(fake ?? other).name}`,
    text: `Nodes ${one.name} and ${other.name} are one machine${shared === undefined ? '' : ` (${formatAddress(shared)})`}${dead ? `: ${dead.name} is not ready, ${fake?.name} stands in its place` : ''}`,
    because: [one, other].map((node) => because(`Node ${node.name}: ${node.ready === false ? 'not ready' : 'ready'}`, node.source)),
  }
}
