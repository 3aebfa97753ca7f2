import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDocuments } from '../../intake/documents.ts'
import { readChartFile } from './chart.ts'
import { readFileListing, readPem } from './files.ts'
import { readImages, readRegistry } from './images.ts'
import type { HostState } from './state.ts'
import { readApparmor, readClock, readModules, readNetworkManager, readProcesses, readSelinux, readUnits } from './system.ts'
import { readCompose, readK3sConfig, readKubeconfig } from './yaml-files.ts'

/** What a text by itself is recognised and read as. */
const read = (text: string, path = 'x.txt'): HostState | string => {
  const [document] = readDocuments([{ path, text }])
  const content = document?.content
  return content?.kind === 'host-state' ? content.state : content?.kind === 'recognised' ? content.format : (content?.kind ?? 'none')
}

describe('what tells of a machine beside its network', () => {
  it.each([
    [
      'lsmod',
      'Module                  Size  Used by\nvxlan 131072 0\nbr_netfilter           32768  0\n',
      { kind: 'modules', names: new Set(['vxlan', 'br_netfilter']) },
    ],
    [
      '/proc/modules',
      'vxlan 131072 0 - Live 0x0000000000000000\nveth 40960 0 - Live 0x0000000000000000\n',
      { kind: 'modules', names: new Set(['vxlan', 'veth']) },
    ],
    ['getenforce', 'Permissive\n', { kind: 'selinux', now: 'permissive' }],
    [
      'sestatus',
      'SELinux status:                 enabled\nCurrent mode:                   enforcing\nMode from config file:          permissive\n',
      { kind: 'selinux', now: 'enforcing', configured: 'permissive' },
    ],
    [
      'chronyc tracking',
      'Reference ID    : C0A80001 (ntp)\nStratum         : 3\nSystem time     : 0.250000000 seconds slow of NTP time\nLeap status     : Normal\n',
      { kind: 'clock', clock: { synchronized: true, offset: -0.25 } },
    ],
    ['date -u', 'Sat Nov 21 09:00:00 UTC 2026\n', { kind: 'clock', clock: { time: Date.UTC(2026, 10, 21, 9) / 1000 } }],
    [
      'systemctl status',
      '● docker.service - Docker Application Container Engine\n     Loaded: loaded (/lib/systemd/system/docker.service; enabled; vendor preset: enabled)\n     Active: failed (Result: exit-code) since Sat\n',
      { kind: 'units', units: [{ name: 'docker.service', active: 'failed', enabled: 'enabled' }] },
    ],
    [
      'systemctl list-units',
      'docker.service loaded active running Docker\nkubelet.service loaded activating auto-restart kubelet\n',
      {
        kind: 'units',
        units: [
          { name: 'docker.service', active: 'active' },
          { name: 'kubelet.service', active: 'activating', sub: 'auto-restart' },
        ],
      },
    ],
    [
      'ps aux',
      'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\nroot         812  0.0  0.1 169000 13000 ?        Ss   08:00   0:01 /usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n',
      {
        kind: 'processes',
        processes: [{ pid: 812, command: '/usr/bin/kubelet', args: ['/usr/bin/kubelet', '--config=/var/lib/kubelet/config.yaml'] }],
      },
    ],
    [
      'docker images',
      'REPOSITORY            TAG       IMAGE ID       CREATED       SIZE\n10.0.0.1:5000/redis   1.2.0     4760dc956b2d   2 years ago   107MB\n',
      { kind: 'images', images: [{ repository: '10.0.0.1:5000/redis', tag: '1.2.0' }] },
    ],
    ['a catalogue', '{"repositories":["redis","nginx"]}\n', { kind: 'registry', repositories: ['redis', 'nginx'] }],
    ['tags', '{"name":"redis","tags":["1.2.0"]}\n', { kind: 'registry', tags: [{ name: 'redis', tags: ['1.2.0'] }] }],
    [
      'tree',
      '/etc/kubernetes/\n├── addons\n│   └── dns\n│       └── coredns-svc.yml\n├── admin.conf\n└── manifests\n    └── kube-apiserver.manifest\n',
      {
        kind: 'file-listing',
        paths: new Map([
          ['/etc/kubernetes', 1],
          ['/etc/kubernetes/addons', 2],
          ['/etc/kubernetes/addons/dns', 3],
          ['/etc/kubernetes/addons/dns/coredns-svc.yml', 4],
          ['/etc/kubernetes/admin.conf', 5],
          ['/etc/kubernetes/manifests', 6],
          ['/etc/kubernetes/manifests/kube-apiserver.manifest', 7],
        ]),
      },
    ],
    [
      'ls -lR',
      '/etc/kubernetes:\ntotal 8\n-rw------- 1 root root 5650 Nov 21 08:00 admin.conf\ndrwxr-xr-x 2 root root 4096 Nov 21 08:00 pki\n',
      {
        kind: 'file-listing',
        paths: new Map([
          ['/etc/kubernetes', 1],
          ['/etc/kubernetes/admin.conf', 3],
          ['/etc/kubernetes/pki', 4],
        ]),
      },
    ],
    [
      'a compose file',
      'services:\n  api:\n    image: api\n    depends_on:\n      db:\n        condition: service_healthy\n  db:\n    image: postgres\n    network_mode: "service:api"\n',
      {
        kind: 'compose',
        services: [
          { name: 'api', dependsOn: ['db'] },
          { name: 'db', networkMode: 'service:api' },
        ],
      },
    ],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })

  it('notes that hold YAML or a certificate stay notes', () => {
    expect(read('# Our setup\n\nWe run this:\n\n```\nservices:\n  web:\n    image: nginx\n```\n', 'notes.md')).toBe('notes')
  })

  it('readers take anything', () => {
    const readers = [
      readModules,
      readSelinux,
      readApparmor,
      readClock,
      readUnits,
      readProcesses,
      readNetworkManager,
      readImages,
      readRegistry,
      readPem,
      readFileListing,
      readKubeconfig,
      readCompose,
      readK3sConfig,
      readChartFile,
    ]
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom('a', ':', '\n', ' ', '-', '{', '}', '├', '/') })),
        (text) => {
          for (const reader of readers) reader(text, 'charts/web/templates/x.yaml')
        },
      ),
    )
  })
})
