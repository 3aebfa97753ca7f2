import { describe, expect, it } from 'vitest'
import { addr, cluster, type Files, node, on, pod, report, service, told } from './testing/bundle.ts'

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

const dockerContainer = (
  name: string,
  state: string,
  more: {
    readonly mode?: string
    readonly labels?: object
    readonly network?: string
    readonly id?: string
    readonly started?: string
    readonly run?: object
    readonly policy?: string
  } = {},
) => ({
  Id: (more.id ?? name).padEnd(64, '0'),
  Name: `/${name}`,
  State: { Status: state, Running: state === 'running', StartedAt: more.started ?? '2026-11-21T08:00:00Z', ...more.run },
  HostConfig: { NetworkMode: more.mode ?? 'shop_default', RestartPolicy: { Name: more.policy ?? 'no' } },
  Config: { Image: 'nginx', Labels: more.labels ?? {} },
  NetworkSettings: {
    Networks: more.mode ? {} : { [more.network ?? 'shop_default']: { IPAddress: state === 'running' ? '172.18.0.2' : '', NetworkID: 'n' } },
  },
})
const containers = (...all: readonly object[]): Files => on('n1', { 'docker/inspect.json': JSON.stringify(all) })
const compose = (serviceName: string, dependsOn = '') => ({
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': serviceName,
  'com.docker.compose.depends_on': dependsOn,
})
const catalogue = (tags: readonly string[]): Files => ({
  'registry/10.0.0.1:5000/catalog.json': '{"repositories":["redis","nginx"]}',
  'registry/10.0.0.1:5000/redis.json': JSON.stringify({ name: 'redis', tags }),
})
const ps = (...lines: readonly string[]) => `    PID COMMAND\n${lines.map((line, i) => `  ${i + 1} ${line}\n`).join('')}`

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
  [
    'container-network-owner',
    'the owner has ended',
    containers(
      dockerContainer('pause', 'exited', { id: '8a4092ea2176' }),
      dockerContainer('app', 'exited', { mode: 'container:8a4092ea2176' }),
    ),
    ['error container.netns-owner n1 container app'],
  ],
  [
    'container-network-owner',
    'the owner is gone',
    containers(dockerContainer('app', 'exited', { mode: 'container:ffffffffffff' })),
    ['error container.netns-owner n1 container app'],
  ],
  [
    'container-network-owner',
    'the owner was restarted since',
    containers(
      dockerContainer('pause', 'running', { id: '8a4092ea2176', started: '2026-11-21T09:00:00Z' }),
      dockerContainer('app', 'running', { mode: 'container:8a4092ea2176' }),
    ),
    ['error container.netns-owner n1 container app'],
  ],
  [
    'container-network-owner',
    'the owner runs',
    containers(
      dockerContainer('pause', 'running', { id: '8a4092ea2176', started: '2026-11-21T07:00:00Z' }),
      dockerContainer('app', 'running', { mode: 'container:8a4092ea2176' }),
    ),
    'passed',
  ],
  [
    'compose-dependencies',
    'the database has ended',
    containers(
      dockerContainer('api', 'running', { labels: compose('api', 'mongo:service_started:false') }),
      dockerContainer('mongo', 'exited', { labels: compose('mongo'), run: { ExitCode: 1 } }),
    ),
    ['error container.dependency n1 container api'],
  ],
  [
    'compose-dependencies',
    'the database is in another network',
    containers(
      dockerContainer('api', 'running', { labels: compose('api', 'mongo:service_started:false') }),
      dockerContainer('mongo', 'running', { labels: compose('mongo'), network: 'other' }),
    ),
    ['error container.network-mode n1 container api'],
  ],
  [
    'compose-dependencies',
    'as the compose file says',
    {
      ...containers(
        dockerContainer('api', 'running', { labels: { ...compose('api'), 'com.docker.compose.depends_on': '' } }),
        dockerContainer('mongo', 'exited', { labels: compose('mongo'), run: { ExitCode: 137 } }),
      ),
      ...on('n1', {
        'files/opt/shop/compose.yaml': 'services:\n  api:\n    image: api\n    depends_on: [mongo]\n  mongo:\n    image: mongo\n',
      }),
    },
    ['error container.dependency n1 container api'],
  ],
  [
    'compose-dependencies',
    'a migration that has done its work',
    containers(
      dockerContainer('api', 'running', { labels: compose('api', 'migrate:service_completed_successfully:false') }),
      dockerContainer('migrate', 'exited', { labels: compose('migrate'), run: { ExitCode: 0 } }),
    ),
    'passed',
  ],
  [
    'container-states',
    'restarts again and again',
    containers(dockerContainer('web', 'restarting', { run: { ExitCode: 1 } })),
    ['error app.crash n1 container web'],
  ],
  [
    'container-states',
    'its port is taken',
    containers(
      dockerContainer('web', 'created', {
        run: { Error: 'driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated' },
      }),
    ),
    ['error host.port-conflict n1 container web'],
  ],
  ['container-states', 'ended as it was meant to', containers(dockerContainer('web', 'exited', { run: { ExitCode: 0 } })), 'passed'],
  [
    'image-in-registry',
    'a tag that is not there',
    { ...catalogue(['1.1.0']), ...cluster(pod('redis', { image: '10.0.0.1:5000/redis:1.2.0' })) },
    ['error image.missing 10.0.0.1:5000/redis:1.2.0'],
  ],
  [
    'image-in-registry',
    'an image that is not there',
    { ...catalogue([]), ...cluster(pod('mongo', { image: '10.0.0.1:5000/mongo:4' })) },
    ['error image.missing 10.0.0.1:5000/mongo:4'],
  ],
  [
    'image-in-registry',
    'it is there',
    { ...catalogue(['1.2.0']), ...cluster(pod('redis', { image: '10.0.0.1:5000/redis:1.2.0' })) },
    'passed',
  ],
  [
    'image-in-registry',
    'another registry is asked',
    { ...catalogue(['1.2.0']), ...cluster(pod('redis', { image: 'quay.io/redis:9' })) },
    /^skipped/,
  ],
  [
    'k3s-flags',
    'a disabled component still runs',
    {
      ...on('n1', { 'ps.txt': ps('/usr/local/bin/k3s server --disable traefik,servicelb') }),
      ...cluster(pod('traefik-7cd4fcff68-x', { namespace: 'kube-system' })),
    },
    ['warning deploy.leftover-state n1 traefik'],
  ],
  [
    'k3s-flags',
    'kube-proxy is off and its rules are there',
    on('n1', {
      'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
      'files/etc/rancher/k3s/config.yaml': 'disable-kube-proxy: true\n',
      'iptables-save.txt': '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\nCOMMIT\n',
    }),
    ['warning service.proxy-conflict n1 chain KUBE-SERVICES'],
  ],
  [
    'k3s-flags',
    'ranges of an earlier installation',
    {
      ...on('n1', { 'ps.txt': ps('/usr/local/bin/k3s server --cluster-cidr=10.50.0.0/16') }),
      ...cluster(node('n1', { cidr: '10.42.0.0/24' })),
    },
    ['error overlay.subnet-mismatch n1 Node n1'],
  ],
  [
    'k3s-flags',
    'all agree',
    {
      ...on('n1', { 'ps.txt': ps('/usr/local/bin/k3s server --cluster-cidr=10.42.0.0/16 --disable traefik') }),
      ...cluster(node('n1', { cidr: '10.42.0.0/24' })),
    },
    'passed',
  ],
  [
    'control-plane-files',
    'a manifest is missing',
    on('n1', { 'kubernetes.txt': listing('kube-apiserver.yaml', 'kube-scheduler.yaml') }),
    ['error node.static-pods n1 the manifest of kube-controller-manager'],
  ],
  [
    'control-plane-files',
    'all are there',
    on('n1', { 'kubernetes.txt': listing('kube-apiserver.yaml', 'kube-scheduler.yaml', 'kube-controller-manager.yaml') }),
    'passed',
  ],
  [
    'kubeconfigs',
    'its context names what is not there',
    on('n1', { 'files/root/.kube/config': kubeconfig('gone') }),
    ['error node.kubeconfig n1 config'],
  ],
  ['kubeconfigs', 'whole', on('n1', { 'files/root/.kube/config': kubeconfig('admin') }), 'passed'],
  [
    'cluster-ports',
    'a firewall stands before kubelet',
    ports('-A INPUT -p tcp -m tcp --dport 10250 -j REJECT'),
    ['error filter.input-rule n2 10250/tcp'],
  ],
  ['cluster-ports', 'it lets kubelet pass', ports('-A INPUT -p tcp -m tcp --dport 10251 -j REJECT'), 'passed'],
]

function listing(...manifests: readonly string[]): string {
  const pki = ['ca.crt', 'ca.key', 'apiserver.crt', 'apiserver.key', 'sa.key', 'front-proxy-ca.crt']
  return [
    '/etc/kubernetes:',
    'admin.conf',
    'controller-manager.conf',
    'kubelet.conf',
    'scheduler.conf',
    'manifests',
    'pki',
    '',
    '/etc/kubernetes/manifests:',
    ...manifests,
    '',
    '/etc/kubernetes/pki:',
    ...pki,
    '',
  ].join('\n')
}

function kubeconfig(user: string): string {
  return `apiVersion: v1\nkind: Config\nclusters:\n- name: kubernetes\n  cluster:\n    server: https://10.0.0.1:6443\ncontexts:\n- name: main\n  context:\n    cluster: kubernetes\n    user: ${user}\ncurrent-context: main\nusers:\n- name: admin\n  user: {}\n`
}

function ports(rule: string): Files {
  const host = (ip: string, more: string) => ({
    'ip-addr.txt': addr({ eth0: `${ip}/24` }),
    'ip-route.txt': `10.0.0.0/24 dev eth0 proto kernel scope link src ${ip}\n`,
    'iptables-save.txt': `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${more}\nCOMMIT\n`,
  })
  return {
    ...on('n1', host('10.0.0.1', '')),
    ...on('n2', host('10.0.0.2', rule)),
    ...cluster(node('n1', { ip: '10.0.0.1', labels: { 'node-role.kubernetes.io/control-plane': '' } }), node('n2', { ip: '10.0.0.2' })),
  }
}

describe('the cluster', () => {
  it.each(STORIES)('%s: %s', (check, _story, files, expected) => {
    const found = told(check, files)
    if (expected instanceof RegExp) expect(found).toMatch(expected)
    else expect(found).toEqual(expected)
  })
})

describe('components', () => {
  const book = {
    ports: [],
    components: [
      {
        id: 'kube-scheduler',
        name: 'the scheduler',
        role: 'control-plane' as const,
        needed: true,
        pod: 'kube-scheduler-.+',
        process: 'kube-scheduler',
        instead: [],
      },
    ],
  }
  const plane = node('m1', { ip: '10.0.0.1', labels: { 'node-role.kubernetes.io/master': '' } })
  const system = (name: string, phase = 'Running') => pod(name, { node: 'm1', namespace: 'kube-system', status: { phase } })
  const host = on('m1', { 'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }) })

  it('a part of the control plane that is not there, is there, or does not run', () => {
    const files = (...pods: readonly object[]): Files => ({ ...host, ...cluster(plane, ...pods) })
    const other = {
      ...book,
      components: [
        ...book.components,
        {
          ...book.components[0],
          id: 'kube-apiserver',
          name: 'the API server',
          pod: 'kube-apiserver-.+',
          process: 'kube-apiserver',
          role: 'control-plane' as const,
          needed: true,
          instead: [],
        },
      ],
    }
    expect(told('components', files(system('kube-apiserver-m1')), { components: other })).toEqual([
      'error node.static-pods m1 kube-scheduler',
    ])
    expect(told('components', files(system('kube-apiserver-m1'), system('kube-scheduler-m1')), { components: other })).toBe('passed')
    expect(told('components', files(system('kube-scheduler-m1', 'Failed')), { components: book })).toEqual([
      'error node.static-pods m1 kube-scheduler',
    ])
  })

  it('a control plane that does not run as pods is not missed', () => {
    expect(told('components', { ...host, ...cluster(plane, system('coredns-1')) }, { components: book })).toMatch(/^skipped/)
  })
})

describe('what rests on the outside', () => {
  const certificate = {
    host: 'm1',
    path: '/etc/kubernetes/pki/apiserver.crt',
    subject: 'CN=kube-apiserver',
    issuer: 'CN=kubernetes',
    from: 1_000_000_000,
    until: 1_800_000_000,
    isAuthority: false,
    names: ['kubernetes.default.svc'],
    addresses: ['10.96.0.1'],
    keyId: 'k',
    id: 'i',
    signedBy: ['ca'],
    keyMatches: true,
    inside: undefined,
    source: { file: 'f', line: 1 },
  }

  it.each([
    ['valid', {}, 1_700_000_000, 'passed'],
    ['expired', {}, 1_900_000_000, ['error node.static-pods m1 /etc/kubernetes/pki/apiserver.crt']],
    ['not yet valid', {}, 900_000_000, ['error host.time m1 /etc/kubernetes/pki/apiserver.crt']],
    ['soon to expire', {}, 1_799_000_000, ['warning node.static-pods m1 /etc/kubernetes/pki/apiserver.crt']],
    ['of another key', { keyMatches: false }, 1_700_000_000, ['error node.static-pods m1 /etc/kubernetes/pki/apiserver.crt']],
    ['without the name that clients use', { names: [] }, 1_700_000_000, ['error node.static-pods m1 /etc/kubernetes/pki/apiserver.crt']],
  ])('a certificate that is %s', (_, more, now, expected) => {
    expect(told('certificates', {}, { certificates: [{ ...certificate, ...more }], now })).toEqual(expected)
  })

  it('an error text is a fault where somebody pasted it, and history in a log of a bundle', () => {
    const signature = {
      id: 'full',
      pattern: 'table full',
      ignoreCase: false,
      cause: 'conntrack.full' as const,
      title: 't',
      means: 'm',
      look: [],
      runbook: undefined,
      places: [],
      severity: 'error' as const,
      general: false,
      examples: [],
      misses: [],
    }
    const match = (file: string) => ({
      signature,
      parts: {},
      text: 'nf_conntrack: table full',
      source: { file, line: 3 },
      lastLine: 3,
      count: 1,
      host: undefined,
    })
    expect(told('log-signatures', {}, { matches: [match('terminal.txt')] })).toEqual(['error conntrack.full full'])
    expect(told('log-signatures', {}, { matches: [match('hosts/n1/logs/dmesg.log')] })).toEqual(['warning conntrack.full full'])
  })

  it('a check without its evidence says what it needs', () => {
    expect(report('flannel-subnet-agrees', {}).skipped).toEqual([
      { id: 'flannel-subnet-agrees', missing: 'hosts/HOST/ip-addr.json, hosts/HOST/files/run/flannel/subnet.env, cluster/nodes.json' },
    ])
  })
})
