import { FLANNEL } from '../../testing/flannel-nodes.ts'
import { NODE } from '../../testing/kubernetes-node.ts'
import { kube } from '../../testing/scene.ts'
import { changed, type Machines, type Story } from '../../testing/story.ts'

const OUTSIDE = 'outside 192.168.50.10 -> 192.168.50.5:9100/tcp'
const entries = (count: number): Machines =>
  changed(NODE, 'h', { sysctl: `net.netfilter.nf_conntrack_max = 65536\nnet.netfilter.nf_conntrack_count = ${count}` })
const listening = (waiting: number): Machines =>
  changed(NODE, 'h', {
    ss: `- tcp LISTEN 0 128 0.0.0.0:9100 0.0.0.0:* users:(("node_exporter",pid=1,fd=3))\ntcp LISTEN ${waiting} 128 0.0.0.0:9100 0.0.0.0:* users:(("node_exporter",pid=1,fd=3))`,
  })
const nodes = (ready: string) => ({
  'cluster/nodes.json': {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      kube(
        'Node',
        'node1',
        { status: { addresses: [{ type: 'InternalIP', address: '192.168.50.5' }], conditions: [{ type: 'Ready', status: ready }] } },
        { namespace: undefined },
      ),
    ],
  },
})
const checksums = (count: number) => ({
  'hosts/h/nstat.txt': `#kernel\nTcpInSegs                       41234              0.0\nTcpInCsumErrors                 ${count}              0.0`,
})
const dockerd = (line: string) => ({ 'hosts/h/logs/dockerd.log': `time="2026-11-21T08:00:00.000000000Z" ${line}` })

export const HOST_STATES: readonly Story[] = [
  {
    name: 'the conntrack table is full',
    causes: ['conntrack.full'],
    machines: entries(65536),
    files: {
      'hosts/h/logs/kernel.log': 'Nov 21 08:00:00 h kernel: [12345.678901] nf_conntrack: nf_conntrack: table full, dropping packet',
    },
    tried: OUTSIDE,
    symptom: 'timeout',
    near: { machines: entries(45000), tried: OUTSIDE },
  },
  {
    name: 'the kernel says so, pasted',
    causes: ['conntrack.full'],
    status: 'supported',
    files: {
      'notes.md':
        'Now and then connections hang.\n\n```\n$ dmesg | tail -1\n[12345.678901] nf_conntrack: nf_conntrack: table full, dropping packet\n```',
    },
    near: {
      files: {
        'notes.md':
          'Now and then connections hang.\n\n```\n$ dmesg | tail -1\n[12345.678901] nf_conntrack version 0.5.0 (65536 buckets, 262144 max)\n```',
      },
    },
  },
  {
    name: "the listener's queue overflows",
    causes: ['app.backlog'],
    machines: listening(129),
    tried: OUTSIDE,
    symptom: 'timeout',
    near: { machines: listening(3), tried: OUTSIDE },
  },
  {
    name: 'conntrack lost thousands of races for a source port',
    causes: ['nat.port-exhausted'],
    machines: NODE,
    files: {
      'hosts/h/conntrack-stats.txt':
        'cpu=0   \tfound=2 invalid=41 insert=0 insert_failed=4711 drop=4711 early_drop=0 error=0 search_restart=120 \ncpu=1   \tfound=0 invalid=12 insert=0 insert_failed=3002 drop=3002 early_drop=0 error=0 search_restart=80 ',
    },
    tried: 'netns/h/p1 -> 203.0.113.80:443/tcp',
    symptom: 'timeout',
    near: {
      machines: NODE,
      files: {
        'hosts/h/conntrack-stats.txt':
          'cpu=0   \tfound=2 invalid=41 insert=0 insert_failed=7 drop=7 early_drop=0 error=0 search_restart=120 ',
      },
      tried: 'netns/h/p1 -> 203.0.113.80:443/tcp',
    },
  },
  {
    name: 'packets of the tunnel come in with wrong checksums',
    causes: ['host.offload'],
    machines: FLANNEL,
    files: checksums(4711),
    tried: 'netns/h/p1 -> 10.244.1.2:80/tcp',
    symptom: 'stalls',
    near: { machines: FLANNEL, files: checksums(3), tried: 'netns/h/p1 -> 10.244.1.2:80/tcp' },
  },
  {
    name: "the machine's name is not its Node's any more",
    causes: ['host.name-changed'],
    machines: NODE,
    files: { ...nodes('Unknown'), 'hosts/h/hostname': 'worker7\n' },
    near: { machines: NODE, files: { ...nodes('True'), 'hosts/h/hostname': 'worker7\n' } },
  },
  {
    name: 'the machine finds its own name at a former address',
    causes: ['host.hosts-file'],
    machines: NODE,
    files: { 'hosts/h/files/etc/hosts': '127.0.0.1 localhost\n198.51.100.1 h\n', 'hosts/h/hostname': 'h\n' },
    near: {
      machines: NODE,
      files: { 'hosts/h/files/etc/hosts': '127.0.0.1 localhost\n192.168.50.5 h\n', 'hosts/h/hostname': 'h\n' },
    },
  },
  {
    name: 'the kernel has no table nat',
    causes: ['host.kernel-module'],
    status: 'supported',
    files: {
      'notes.md':
        "```\n# iptables -t nat -L -n\niptables v1.8.4 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)\nPerhaps iptables or your kernel needs to be upgraded.\n```",
    },
    near: {
      files: {
        'notes.md':
          '```\n# iptables -t nat -L -n\nChain PREROUTING (policy ACCEPT)\ntarget     prot opt source               destination\n```',
      },
    },
  },
  {
    name: 'another program holds the xtables lock',
    causes: ['host.lock'],
    status: 'supported',
    files: dockerd(
      'level=error msg="Handler for POST /v1.43/containers/web/start returned error: driver failed programming external connectivity: iptables failed: Another app is currently holding the xtables lock. Perhaps you want to use the -w option?"',
    ),
    near: { files: dockerd('level=info msg="Loading containers: done."') },
  },
  {
    name: 'SELinux denies it',
    causes: ['host.selinux'],
    status: 'supported',
    files: {
      'notes.md':
        'dockerd does not start.\n\n```\n# ausearch -m avc -ts recent\ntype=AVC msg=audit(1763712000.123:42): avc:  denied  { name_bind } for  pid=1 comm="dockerd" src=5000 scontext=system_u:system_r:container_runtime_t:s0 tcontext=system_u:object_r:commplex_main_port_t:s0 tclass=tcp_socket permissive=0\n```',
    },
    near: { files: { 'notes.md': 'dockerd does not start.\n\n```\n# ausearch -m avc -ts recent\n<no matches>\n```' } },
  },
]
