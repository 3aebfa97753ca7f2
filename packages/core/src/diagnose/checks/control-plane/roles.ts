import { chainNames } from '../rules/chains.ts'
import { type CheckScene, hostPath, statesOf } from '../scene.ts'

export type Role = 'control-plane' | 'node' | 'overlay'

const LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master', 'node-role.kubernetes.io/controlplane']

/** What a host is in its cluster, by its Node's labels, its files, its processes and its rules. */
export function rolesOf(scene: CheckScene, name: string): ReadonlySet<Role> {
  const host = scene.hosts.get(name)
  const roles = new Set<Role>()
  if (!host) return roles
  const { node, root } = host
  const processes = statesOf(host, 'processes').flatMap((state) =>
    state.processes.map(({ command }) => command.slice(command.lastIndexOf('/') + 1)),
  )
  const paths = host.documents.flatMap(({ file }) => hostPath(file) ?? [])
  const pods = scene.cluster.pods.some((pod) => pod.node !== undefined && pod.node === node?.name && /^kube-apiserver/.test(pod.name))
  if (
    (node && LABELS.some((label) => label in node.labels)) ||
    pods ||
    processes.some((process) => process === 'kube-apiserver') ||
    paths.some((path) => /\/manifests\/kube-apiserver\.(?:yaml|manifest)$/.test(path))
  )
    roles.add('control-plane')
  if (node || roles.has('control-plane') || processes.includes('kubelet') || (root && chainNames(root, 'nat').has('KUBE-SERVICES')))
    roles.add('node')
  if (root && [...root.links.keys()].some((link) => /^(?:flannel\.\d+|vxlan\.calico|cilium_vxlan)$/.test(link))) roles.add('overlay')
  return roles
}
