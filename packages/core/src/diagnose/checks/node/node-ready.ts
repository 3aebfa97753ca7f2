import { fields, items, string } from '../../../parse/kubernetes/fields.ts'
import { because, type Check, type Found } from '../check.ts'

export const nodeReady: Check = {
  id: 'node-ready',
  holds: 'every Node is ready, and its network is available',
  why: 'no new pod is started on it, and its pods are taken out of Services',
  evidence: ['cluster/nodes.json'],
  causes: ['node.kubelet-down', 'overlay.lease'],
  runbook: 'restart-runtime-and-kubelet',
  run(scene) {
    const { nodes, objects } = scene.cluster
    const findings = nodes.flatMap((node): readonly Found[] => {
      const object = objects.find((one) => one.object.kind === 'Node' && one.object.metadata.name === node.name)
      const said = (type: string) => {
        const condition = items(fields(object?.object.status).conditions)
          .map(fields)
          .find((one) => one.type === type)
        const text = string(condition?.message) ?? string(condition?.reason)
        return text === undefined ? '' : `: ${text}`
      }
      const found: Found[] = []
      const base = { host: node.name, object: `Node ${node.name}` }
      if (node.ready === false) {
        const text = `Node ${node.name} is not ready${said('Ready')}`
        const network = /network|cni/i.test(said('Ready'))
        found.push({
          ...base,
          severity: 'error',
          cause: network ? 'overlay.lease' : 'node.kubelet-down',
          text,
          because: [because(text, node.source)],
          ...(network && { runbook: 'overlay-light-repair' }),
        })
      }
      if (node.conditions.NetworkUnavailable === 'True') {
        const text = `Node ${node.name} has no network${said('NetworkUnavailable')}`
        found.push({
          ...base,
          severity: 'error',
          cause: 'overlay.lease',
          text,
          because: [because(text, node.source)],
          runbook: 'overlay-light-repair',
        })
      }
      return found
    })
    return { looked: nodes.length, findings, missing: [] }
  },
}
