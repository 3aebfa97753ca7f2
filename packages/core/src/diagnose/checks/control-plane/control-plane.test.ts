import { describe, expect, it } from 'vitest'
import { addr, cluster, type Files, node, on, pod, report, told } from '../testing/bundle.ts'

const ps = (...lines: readonly string[]) => `    PID COMMAND\n${lines.map((line, i) => `  ${i + 1} ${line}\n`).join('')}`

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

/** What `tree /etc/kubernetes` shows on a master; without one file. */
function kubespray(gone = ''): string {
  const branch = (depth: number, names: readonly string[]) =>
    names.filter((name) => name !== gone).map((name) => `${'│   '.repeat(depth)}├── ${name}`)
  return [
    '/etc/kubernetes/',
    ...branch(0, ['admin.conf', 'kube-controller-manager-kubeconfig.yaml', 'kubelet.env', 'kube-scheduler-kubeconfig.yaml', 'manifests']),
    ...branch(1, ['kube-apiserver.manifest', 'kube-controller-manager.manifest', 'kube-scheduler.manifest']),
    ...branch(0, ['node-kubeconfig.yaml', 'ssl']),
    ...branch(1, ['apiserver-key.pem', 'apiserver.pem', 'ca-key.pem', 'ca.pem', 'front-proxy-ca.pem', 'service-account-key.pem']),
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

type Story = readonly [check: string, story: string, files: Files, expected: readonly string[] | string | RegExp]

const STORIES: readonly Story[] = [
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
    'local storage is disabled and its provisioner runs under another name',
    {
      ...on('n1', { 'ps.txt': ps('/usr/local/bin/k3s server --disable=local-storage') }),
      ...cluster(pod('local-path-provisioner-6c79684f77-x', { namespace: 'kube-system' })),
    },
    ['warning deploy.leftover-state n1 local-storage'],
  ],
  [
    'k3s-flags',
    'the ingress is disabled and rules of its Service are left',
    on('n1', {
      'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
      'files/etc/rancher/k3s/config.yaml': 'disable: [traefik]\n',
      'iptables-save.txt':
        '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -d 10.43.1.2/32 -p tcp -m comment --comment "kube-system/traefik:web cluster IP" -m tcp --dport 80 -j RETURN\nCOMMIT\n',
    }),
    ['warning deploy.leftover-state n1 traefik'],
  ],
  [
    'k3s-flags',
    'somebody else’s ingress of the same name is none of K3s',
    {
      ...on('n1', { 'ps.txt': ps('/usr/local/bin/k3s server --disable traefik --cluster-cidr=10.42.0.0/16') }),
      ...cluster(node('n1', { cidr: '10.42.0.0/24' }), pod('web-traefik-1', { namespace: 'edge' })),
    },
    'passed',
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
    'control-plane-files',
    'a certificate is missing, and its key is there',
    on('n1', {
      'kubernetes.txt': listing('kube-apiserver.yaml', 'kube-scheduler.yaml', 'kube-controller-manager.yaml').replace(
        'apiserver.crt\n',
        '',
      ),
    }),
    ['error node.static-pods n1 the API server’s certificate'],
  ],
  ['control-plane-files', 'as kubespray lays them out', on('n1', { 'kubernetes.txt': kubespray() }), 'passed'],
  [
    'control-plane-files',
    'as kubespray lays them out, and a key is gone',
    on('n1', { 'kubernetes.txt': kubespray('apiserver-key.pem') }),
    ['error node.static-pods n1 the key of the API server'],
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

describe('the control plane', () => {
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
    expect(told('log-signatures', {}, { matches: [match('/var/log/messages')] })).toEqual(['error conntrack.full full'])
    expect(told('log-signatures', {}, { matches: [match('hosts/n1/logs/dmesg.log')] })).toEqual(['warning conntrack.full full'])
    expect(told('log-signatures', {}, { matches: [match('cluster/events.json')] })).toEqual(['warning conntrack.full full'])
  })

  it('a check without its evidence says what it needs', () => {
    expect(report('flannel-subnet-agrees', {}).skipped).toEqual([
      { id: 'flannel-subnet-agrees', missing: 'hosts/HOST/ip-addr.json, hosts/HOST/files/run/flannel/subnet.env, cluster/nodes.json' },
    ])
  })
})
