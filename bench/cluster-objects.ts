import { json, nodeName, PORT, type Pod, type Service, underlay } from './cluster-size.ts'

export function objects(pods: readonly Pod[], services: readonly Service[]): readonly (readonly [string, string])[] {
  const list = (items: readonly object[]): string => json({ apiVersion: 'v1', kind: 'List', items })
  return [
    [
      'cluster/pods.json',
      list(
        pods.map(({ name, node, address }) => ({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, namespace: 'default' },
          spec: { nodeName: nodeName(node), containers: [{ name: 'app', ports: [{ containerPort: PORT, protocol: 'TCP' }] }] },
          status: { phase: 'Running', hostIP: underlay(node), podIP: address, podIPs: [{ ip: address }] },
        })),
      ),
    ],
    [
      'cluster/services.json',
      list(
        services.map(({ name, address, nodePort }) => ({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace: 'default' },
          spec: {
            type: nodePort === undefined ? 'ClusterIP' : 'NodePort',
            clusterIP: address,
            clusterIPs: [address],
            selector: { app: name },
            ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: PORT, ...(nodePort === undefined ? {} : { nodePort }) }],
          },
        })),
      ),
    ],
  ]
}
