import { describe, expect, it } from 'vitest'
import { addr, cluster, type Files, node, pod, service, told } from './testing/bundle.ts'

const endpoints = (name: string, addresses: readonly string[], notReady: readonly string[] = [], port = 80) => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name, namespace: 'default' },
  subsets: [
    { addresses: addresses.map((ip) => ({ ip })), notReadyAddresses: notReady.map((ip) => ({ ip })), ports: [{ port, protocol: 'TCP' }] },
  ],
})

const event = (name: string, reason: string, message: string) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `${name}.1`, namespace: 'default' },
  involvedObject: { kind: 'Pod', name, namespace: 'default' },
  type: 'Warning',
  reason,
  message,
})

const waiting = (reason: string, message = '') => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'c', image: 'x', state: { waiting: { reason, message } } }],
  conditions: [{ type: 'Ready', status: 'False' }],
})

const web = pod('web-1', { ip: '10.244.1.5', labels: { app: 'web' }, ports: [{ name: 'http', containerPort: 8080 }] })

const SUBNETS = { annotations: { 'flannel.alpha.coreos.com/kube-subnet-manager': 'true' } }

type Story = readonly [check: string, story: string, files: Files, expected: readonly string[] | string | RegExp]

const STORIES: readonly Story[] = [
  [
    'service-selector',
    'a label that is nearly meant',
    cluster(service('web', { app: 'web' }), pod('web-1', { labels: { app: 'web-server' } })),
    ['error service.selector svc/default/web'],
  ],
  [
    'service-selector',
    'nothing is meant by it',
    cluster(service('web', { app: 'web' }), pod('other', { labels: { tier: 'db' } })),
    ['warning service.selector svc/default/web'],
  ],
  ['service-selector', 'it fits', cluster(service('web', { app: 'web' }), web), 'passed'],
  [
    'service-target-port',
    'a name that no pod has',
    cluster(service('web', { app: 'web' }, [{ port: 80, targetPort: 'https' }]), web),
    ['error service.target-port svc/default/web'],
  ],
  [
    'service-target-port',
    'a number that the pods do not declare',
    cluster(service('web', { app: 'web' }, [{ port: 80 }]), web),
    ['warning service.target-port svc/default/web'],
  ],
  ['service-target-port', 'by name', cluster(service('web', { app: 'web' }, [{ port: 80, targetPort: 'http' }]), web), 'passed'],
  [
    'service-endpoints',
    'not ready',
    cluster(service('web', { app: 'web' }), endpoints('web', [], ['10.244.1.5'])),
    ['error service.no-endpoints svc/default/web'],
  ],
  [
    'service-endpoints',
    'none at all',
    cluster(service('web', { app: 'web' }), endpoints('web', [])),
    ['warning service.no-endpoints svc/default/web'],
  ],
  ['service-endpoints', 'one', cluster(service('web', { app: 'web' }), endpoints('web', ['10.244.1.5'])), 'passed'],
  [
    'pod-states',
    'an image that the registry has not',
    cluster(
      pod('redis', { status: waiting('ImagePullBackOff') }),
      event('redis', 'Failed', 'Failed to pull image "10.10.10.10:5000/redis:1.2.0": Error: image redis:1.2.0 not found'),
    ),
    ['error image.missing n1 pod/default/redis'],
  ],
  [
    'pod-states',
    'a registry that does not answer',
    cluster(
      pod('redis', {
        status: waiting('ErrImagePull', 'Get https://10.0.0.1:5000/v2/: dial tcp 10.0.0.1:5000: connect: connection refused'),
      }),
    ),
    ['error image.registry n1 pod/default/redis'],
  ],
  [
    'pod-states',
    'crashes',
    cluster(pod('web', { status: waiting('CrashLoopBackOff', 'back-off 5m0s restarting failed container') })),
    ['error app.crash n1 pod/default/web'],
  ],
  [
    'pod-states',
    'left over from a restart',
    cluster(pod('old', { status: { phase: 'Failed', reason: 'MatchNodeSelector', conditions: [] } })),
    ['warning pod.node-selector n1 pod/default/old'],
  ],
  [
    'pod-states',
    'no node has its labels',
    cluster(
      pod('gpu', {
        status: {
          phase: 'Pending',
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: "0/3 nodes are available: 3 node(s) didn't match node selector.",
            },
          ],
        },
      }),
    ),
    ['error pod.node-selector n1 pod/default/gpu'],
  ],
  [
    'pod-states',
    'from a table',
    {
      'pods.txt':
        'NAME   READY   STATUS              RESTARTS   AGE   IP       NODE\nweb    1/1     Running             0          4m    10.0.0.1 n1\nredis  0/1     ImagePullBackOff    0          44s   <none>   n1\n',
    },
    ['error image.missing n1 pod/default/redis'],
  ],
  ['pod-states', 'all run, one is done', cluster(web, pod('job', { status: { phase: 'Succeeded', conditions: [] } })), 'passed'],
  [
    'pod-addresses',
    'outside of its node’s range',
    cluster(node('n1', { cidr: '10.244.2.0/24', ...SUBNETS }), web),
    ['error overlay.subnet-mismatch n1 pod/default/web-1'],
  ],
  [
    'pod-addresses',
    'twice',
    cluster(node('n1', { cidr: '10.244.1.0/24' }), web, pod('web-2', { ip: '10.244.1.5' })),
    ['error overlay.duplicate-subnet n1 pod/default/web-2'],
  ],
  ['pod-addresses', 'of a pool of Calico’s', cluster(node('n1', { cidr: '10.244.2.0/24' }), web), 'passed'],
  ['node-ready', 'one is not', cluster(node('mas1'), node('mas3', { ready: 'False' })), ['error node.kubelet-down mas3 Node mas3']],
  ['node-ready', 'all are', cluster(node('mas1'), node('mas3')), 'passed'],
  [
    'node-duplicates',
    'a second node after the host name was changed',
    {
      'nodes.txt':
        'NAME                   STATUS     AGE       VERSION\nmas2-213               Ready      2d        v1.7.0\nmas3-214               NotReady   2d        v1.7.0\nmas3-214.envivio.com   Ready      16m       v1.7.0\n',
    },
    ['error host.name-changed mas3-214 Node mas3-214.envivio.com'],
  ],
  [
    'node-duplicates',
    'one address, two nodes',
    cluster(node('a', { ip: '10.0.0.1' }), node('b', { ip: '10.0.0.1' })),
    ['error host.name-changed a Node b'],
  ],
  [
    'node-duplicates',
    'two machines of one name in two domains',
    cluster(node('web.a.example', { ip: '10.0.0.1' }), node('web.b.example', { ip: '10.0.0.2' })),
    'passed',
  ],
]

/** A node whose rules send the Service's cluster IP to one endpoint. */
const proxied = (rules: string): Files => ({
  'hosts/n1/ip-addr.txt': addr({ eth0: '10.0.0.1/24', cni0: '10.244.1.1/24' }),
  'hosts/n1/ip-route.txt':
    'default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1\n',
  'hosts/n1/sysctl.txt': 'net.ipv4.ip_forward = 1\n',
  'hosts/n1/iptables-save.txt': rules,
  ...cluster(node('n1', { ip: '10.0.0.1' }), service('web', { app: 'web' }), web, endpoints('web', ['10.244.1.5'], [], 8080)),
})
const proxyRules = (target: string, more: readonly string[] = []): string =>
  [
    '*nat',
    ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]`),
    ...['KUBE-SERVICES', 'KUBE-SVC-A', 'KUBE-SEP-A'].map((chain) => `:${chain} - [0:0]`),
    ...more,
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-A',
    '-A KUBE-SVC-A -m comment --comment "default/web" -j KUBE-SEP-A',
    `-A KUBE-SEP-A -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination ${target}`,
    'COMMIT\n',
  ].join('\n')

describe('the rules of Services', () => {
  it.each([
    ['they lead to the endpoint', proxyRules('10.244.1.5:8080'), 'passed'],
    ['they lead to a pod of before', proxyRules('10.244.1.9:8080'), ['error service.proxy-stale']],
    [
      'another rule takes the port first',
      proxyRules('10.244.1.5:8080', ['-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8081']),
      ['error nat.hijack'],
    ],
    [
      'another rule takes another port',
      proxyRules('10.244.1.5:8080', ['-A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 8081']),
      'passed',
    ],
  ])('%s', (_, rules, expected) => {
    const found = told('service-rules', proxied(rules))
    if (typeof expected === 'string') expect(found).toBe(expected)
    else expect([...new Set([found].flat().map((line) => line.split(' ').slice(0, 2).join(' ')))]).toEqual(expected)
  })
})

describe('the cluster', () => {
  it.each(STORIES)('%s: %s', (check, _story, files, expected) => {
    const found = told(check, files)
    if (expected instanceof RegExp) expect(found).toMatch(expected)
    else expect(found).toEqual(expected)
  })
})
