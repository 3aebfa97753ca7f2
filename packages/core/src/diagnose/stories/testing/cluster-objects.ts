import { kube } from '../../testing/scene.ts'
import type { Story } from '../../testing/story.ts'

const cluster = (...items: readonly object[]) => ({ 'cluster/all.json': { apiVersion: 'v1', kind: 'List', items } })
const system = (kind: string, name: string, rest: object, labels: object = {}): object =>
  kube(kind, name, rest, { namespace: 'kube-system', labels })

const node = (ready: string, reason: string, message: string, labels: object = {}): object =>
  kube(
    'Node',
    'n1',
    {
      spec: { podCIDR: '10.244.1.0/29' },
      status: {
        addresses: [{ type: 'InternalIP', address: '192.0.2.11' }],
        conditions: [{ type: 'Ready', status: ready, reason, message }],
      },
    },
    { namespace: undefined, labels },
  )
const READY = node('True', 'KubeletReady', 'kubelet is posting ready status', { disk: 'hdd' })
const pod = (name: string, status: object, spec: object = { nodeName: 'n1' }): object =>
  kube('Pod', name, { spec: { containers: [{ name: 'c', image: 'web:9' }], ...spec }, status }, { labels: { app: 'web' } })
const RUNNING = { phase: 'Running', podIP: '10.244.1.2', conditions: [{ type: 'Ready', status: 'True' }] }
const waiting = (reason: string, message: string, more: object = {}): object => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'c', ready: false, state: { waiting: { reason, message } }, ...more }],
})
const CREATING = waiting('ContainerCreating', '')
const used = Array.from({ length: 5 }, (_, i) => pod(`p${i}`, { phase: 'Running', podIP: `10.244.1.${i + 2}` }))

const DNS = system('Service', 'kube-dns', {
  spec: { clusterIP: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' }, ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
})
const coredns = (ready: 'True' | 'False'): object =>
  system(
    'Pod',
    'coredns-5d78c9869d-x7k2p',
    {
      spec: { nodeName: 'n1', containers: [{ name: 'coredns' }] },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] },
    },
    { 'k8s-app': 'kube-dns' },
  )
const corefile = (forward: string): object =>
  system('ConfigMap', 'coredns', {
    data: { Corefile: `.:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . ${forward}\n    loop\n}\n` },
  })
const part = (name: string, status: object): object =>
  system('Pod', `${name}-n1`, { spec: { nodeName: 'n1', containers: [{ name }] }, status }, { tier: 'control-plane', component: name })
const CRASHED = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [
    {
      name: 'kube-scheduler',
      ready: false,
      restartCount: 9,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
      lastState: { terminated: { exitCode: 1 } },
    },
  ],
}

export const CLUSTER_OBJECTS: readonly Story[] = [
  {
    name: 'the tag is not in the registry',
    causes: ['image.missing'],
    files: cluster(
      READY,
      pod('web', waiting('ErrImagePull', 'failed to resolve reference "registry.example/web:9": registry.example/web:9: not found')),
    ),
    near: { files: cluster(READY, pod('web', waiting('ContainerCreating', ''))) },
  },
  {
    name: 'the registry is not trusted',
    causes: ['image.registry'],
    files: cluster(
      READY,
      pod('web', waiting('ErrImagePull', 'Get "https://registry.example/v2/": x509: certificate signed by unknown authority')),
    ),
    near: {
      files: cluster(READY, pod('web', waiting('ErrImagePull', 'manifest for registry.example/web:9 not found: manifest unknown'))),
      instead: 'image.missing',
    },
  },
  {
    name: 'the registry is not reached, as kubectl describe pasted tells',
    causes: ['image.registry'],
    status: 'supported',
    files: {
      'notes.md': `\`\`\`
        $ kubectl describe pod web
          Warning  Failed  2m  kubelet  Failed to pull image "10.0.0.1:5000/a:1": rpc error: code = Unknown desc = Error response from daemon: Get https://10.0.0.1:5000/v2/: dial tcp 10.0.0.1:5000: connect: connection refused
        \`\`\``,
    },
    near: {
      files: {
        'notes.md':
          '```\n$ kubectl describe pod web\n  Normal  Pulled  2m  kubelet  Successfully pulled image "10.0.0.1:5000/a:1" in 1.2s\n```',
      },
    },
  },
  {
    name: 'no node has the label',
    causes: ['pod.node-selector'],
    files: cluster(READY, pod('web', { phase: 'Pending' }, { nodeSelector: { disk: 'ssd' } })),
    near: { files: cluster(READY, pod('web', { phase: 'Pending' }, { nodeSelector: { disk: 'hdd' } })) },
  },
  {
    name: "the node's pod range is used up",
    causes: ['pod.ip-exhausted'],
    files: cluster(READY, ...used, pod('web', CREATING)),
    near: { files: cluster(READY, ...used.slice(1), pod('web', CREATING)) },
  },
  {
    name: 'kubelet says that no address is left',
    causes: ['pod.ip-exhausted'],
    status: 'supported',
    files: {
      'hosts/n1/logs/kubelet.log':
        'E1121 08:00:01.000000    1234 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \\"CreatePodSandbox\\" for \\"web_default(1)\\": plugin type=\\"bridge\\" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254" pod="default/web"',
    },
    near: {
      files: {
        'hosts/n1/logs/kubelet.log':
          'I1121 08:00:01.000000    1234 kubelet.go:2461] "SyncLoop (probe)" probe="readiness" status="ready" pod="default/web"',
      },
    },
  },
  {
    name: 'kubelet has stopped',
    causes: ['node.kubelet-down'],
    files: cluster(node('Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'), pod('web', RUNNING)),
    near: { files: cluster(READY, pod('web', RUNNING)) },
  },
  {
    name: 'the network plugin has no configuration yet',
    causes: ['overlay.lease'],
    files: cluster(
      node(
        'False',
        'KubeletNotReady',
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
      ),
      pod('web', CREATING),
    ),
    near: {
      files: cluster(node('Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'), pod('web', RUNNING)),
      instead: 'node.kubelet-down',
    },
  },
  {
    name: 'flannel wrote no subnet.env',
    causes: ['overlay.lease'],
    status: 'supported',
    files: {
      'hosts/n1/logs/kubelet.log':
        'E1121 08:00:01.000000    1234 kuberuntime_sandbox.go:70] "Failed to create sandbox for pod" err="rpc error: code = Unknown desc = failed to setup network for sandbox \\"4135\\": plugin type=\\"flannel\\" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory" pod="default/web"',
    },
    near: {
      files: {
        'hosts/n1/logs/kubelet.log':
          'E1121 08:00:01.000000    1234 kuberuntime_sandbox.go:70] "Failed to create sandbox for pod" err="rpc error: code = Unknown desc = failed to setup network for sandbox \\"4135\\": plugin type=\\"bridge\\" failed (add): failed to set bridge addr: \\"cni0\\" already has an IP address different from 10.244.2.1/24" pod="default/web"',
      },
      instead: 'overlay.subnet-mismatch',
    },
  },
  {
    name: 'the scheduler crashes',
    causes: ['node.static-pods'],
    files: cluster(READY, part('kube-apiserver', RUNNING), part('kube-controller-manager', RUNNING), part('kube-scheduler', CRASHED)),
    near: {
      files: cluster(READY, part('kube-apiserver', RUNNING), part('kube-controller-manager', RUNNING), part('kube-scheduler', RUNNING)),
    },
  },
  {
    name: 'the certificates of the control plane have expired',
    causes: ['node.static-pods'],
    status: 'supported',
    files: {
      'notes.md':
        '```\n$ kubectl get nodes\nUnable to connect to the server: x509: certificate has expired or is not yet valid: current time 2026-11-21T08:00:00Z is after 2025-11-21T08:00:00Z\n```',
    },
    near: {
      files: {
        'notes.md':
          '```\n$ kubectl get nodes\nUnable to connect to the server: x509: certificate has expired or is not yet valid: current time 2026-11-21T08:00:00Z is before 2026-11-21T09:00:00Z\n```',
      },
      instead: 'host.time',
    },
  },
  {
    name: 'kubectl has no kubeconfig',
    causes: ['node.kubeconfig'],
    status: 'supported',
    files: {
      'notes.md':
        '```\n# kubectl get pods\nThe connection to the server localhost:8080 was refused - did you specify the right host or port?\n```',
    },
    near: {
      files: {
        'notes.md':
          '```\n# kubectl get pods\nThe connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n```',
      },
      instead: 'node.static-pods',
    },
  },
  {
    name: "the clock is behind the certificate's first day",
    causes: ['host.time'],
    status: 'supported',
    files: {
      'hosts/n1/logs/kubelet.log':
        'E1121 08:00:00.000000    1234 reflector.go:147] k8s.io/client-go/informers/factory.go:150: Failed to watch *v1.Node: failed to list *v1.Node: Get "https://10.0.0.1:6443/api/v1/nodes": x509: certificate has expired or is not yet valid: current time 2026-11-21T08:00:00Z is before 2026-11-21T09:00:00Z',
    },
    near: {
      files: {
        'hosts/n1/logs/kubelet.log':
          'E1121 08:00:00.000000    1234 reflector.go:147] k8s.io/client-go/informers/factory.go:150: Failed to watch *v1.Node: failed to list *v1.Node: Get "https://10.0.0.1:6443/api/v1/nodes": x509: certificate has expired or is not yet valid: current time 2026-11-21T08:00:00Z is after 2025-11-21T08:00:00Z',
      },
      instead: 'node.static-pods',
    },
  },
  {
    name: "CoreDNS's pod is not ready, and names are not answered",
    causes: ['dns.unreachable'],
    files: { ...cluster(READY, DNS, coredns('False')) },
    tried: 'outside -> 10.96.0.10:53/udp',
    symptom: 'timeout',
    near: { files: cluster(READY, DNS, coredns('True')), tried: 'outside -> 10.96.0.10:53/udp' },
  },
  {
    name: 'names fail and addresses work, as the notes tell',
    causes: ['dns.unreachable'],
    status: 'supported',
    files: {
      'notes.md': `Pods find no names.

        \`\`\`
        $ kubectl run t --rm -it --image=busybox -- nslookup web.shop
        ;; connection timed out; no servers could be reached
        $ kubectl run t --rm -it --image=curl -- curl http://10.244.1.7:8080/
        HTTP/1.1 200 OK
        \`\`\``,
    },
    near: {
      files: {
        'notes.md': `Pods find names.

          \`\`\`
          $ kubectl run t --rm -it --image=busybox -- nslookup web.shop
          Server:    10.96.0.10
          Address 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local

          Name:      web.shop
          Address 1: 10.96.7.7 web.shop.svc.cluster.local
          $ kubectl run t --rm -it --image=curl -- curl http://10.244.1.7:8080/
          HTTP/1.1 200 OK
          \`\`\``,
      },
    },
  },
  {
    name: 'CoreDNS asks itself',
    causes: ['dns.config'],
    files: cluster(READY, DNS, coredns('False'), corefile('10.96.0.10')),
    tried: 'outside -> 10.96.0.10:53/udp',
    symptom: 'timeout',
    near: {
      files: cluster(READY, DNS, coredns('False'), corefile('192.0.2.53')),
      tried: 'outside -> 10.96.0.10:53/udp',
      symptom: 'timeout',
      instead: 'dns.unreachable',
    },
  },
]
