import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PLAIN } from '@culprit/core/report/style'
import { afterAll, describe, expect, test } from 'vitest'
import { check } from './commands/check.ts'

/** What a repair manual has people look at by eye, as they paste it from a terminal. */
const folder = mkdtempSync(join(tmpdir(), 'culprit-pasted-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Found {
  readonly id: string
  readonly severity: string
  readonly where: { readonly host: string; readonly object: string }
  readonly because: readonly { readonly source: { readonly line: number } | null }[]
}

async function found(
  terminal: string,
  only: string,
): Promise<{ readonly told: readonly string[]; readonly lines: readonly (number | undefined)[] }> {
  const file = join(folder, 'notes.md')
  writeFileSync(file, `Seen today:\n\n\`\`\`\n${terminal}\`\`\`\n`)
  const parts: string[] = []
  const out = { write: (part: string) => void parts.push(part), flush: async () => undefined }
  await check(
    [file],
    { color: false, output: 'json', only: [only] },
    { out, warn: () => undefined, style: PLAIN, quiet: true, verbose: false },
  )
  const { findings, passed } = JSON.parse(parts.join('')) as { findings: readonly Found[]; passed: readonly string[] }
  return {
    told:
      findings.length > 0 ? findings.map(({ severity, where }) => `${severity} ${where.host} ${where.object}`.replace('  ', ' ')) : passed,
    lines: findings.map(({ because }) => because[0]?.source?.line),
  }
}

const flannel = (addresses: string, subnet: string): string =>
  `[root@node2 ~]# ip a | grep 'inet.*flannel.1\\|inet.*cni0'\n${addresses}[root@node2 ~]# cat /var/run/flannel/subnet.env\nFLANNEL_NETWORK=10.10.0.0/16\nFLANNEL_SUBNET=${subnet}\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n`
const cni0 = (text: string): string => `    inet ${text} scope global cni0\n`
const vtep = (text: string): string => `    inet ${text} scope global flannel.1\n`

const nodes = (second: string): string =>
  `[root@mas1 ~]# kubectl get nodes\nNAME       STATUS     ROLES    AGE    VERSION\nmas1       Ready      master   310d   v1.20.4\n${second}`
const registry = (tags: string): string =>
  `[root@mas1 ~]# kubectl -n shop describe po redis | tail -3\n  Type     Reason  Age  From     Message\n  ----     ------  ---- ----     -------\n  Warning  Failed  12m  kubelet  Failed to pull image "10.1.1.1:5000/redis:1.2.0": Error: image redis:1.2.0 not found\n[root@mas1 ~]# curl -s -k https://10.1.1.1:5000/v2/redis/tags/list\n{"name":"redis","tags":[${tags}]}\n`
const docker = (rules: string): string =>
  `root@fw1:~# docker ps\nCONTAINER ID   IMAGE          COMMAND           CREATED      STATUS      PORTS                    NAMES\n4c029b169ed9   shop/api:1.4   "python app.py"   2 days ago   Up 2 days   0.0.0.0:8000->8000/tcp   shop-api\nroot@fw1:~# ip -4 addr\n2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000\n    inet 192.0.2.5/24 brd 192.0.2.255 scope global eth0\nroot@fw1:~# iptables -t nat -nvL --line-numbers\nChain PREROUTING (policy ACCEPT 0 packets, 0 bytes)\nnum   pkts bytes target     prot opt in     out     source               destination\n${rules}\nChain INPUT (policy ACCEPT 0 packets, 0 bytes)\nnum   pkts bytes target     prot opt in     out     source               destination\n\nChain OUTPUT (policy ACCEPT 0 packets, 0 bytes)\nnum   pkts bytes target     prot opt in     out     source               destination\n\nChain POSTROUTING (policy ACCEPT 0 packets, 0 bytes)\nnum   pkts bytes target     prot opt in     out     source               destination\n`
const hosts = (line: string): string =>
  `[root@mas1 ~]# hostname\nmas1\n[root@mas1 ~]# cat /etc/hosts\n127.0.0.1   localhost localhost.localdomain\n${line}\n`

const system = (command: string): string =>
  `${nodes('')}[root@mas1 ~]# ${command}\nNAME                     READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES\n${['kube-apiserver-mas1', 'kube-controller-manager-mas1', 'etcd-mas1', 'coredns-7d4-abcde', 'kube-proxy-x1abc', 'kube-flannel-ds-aaaaa'].map((name) => `${name}   1/1   Running   0   3d   10.1.15.11   mas1   <none>   <none>\n`).join('')}`

describe('as it is pasted from a terminal', () => {
  test.each<readonly [string, string, string, readonly string[]]>([
    [
      'the bridge has another range than the overlay device',
      'flannel-subnet-agrees',
      flannel(cni0('10.10.2.1/24') + vtep('10.10.1.0/32'), '10.10.1.1/24'),
      ['error node2 cni0'],
    ],
    [
      'both have a range that is not the lease',
      'flannel-subnet-agrees',
      flannel(cni0('10.10.2.1/24') + vtep('10.10.2.0/32'), '10.10.3.1/24'),
      ['error node2 cni0', 'error node2 flannel.1'],
    ],
    [
      'all three agree',
      'flannel-subnet-agrees',
      flannel(cni0('10.10.2.1/24') + vtep('10.10.2.0/32'), '10.10.2.1/24'),
      ['flannel-subnet-agrees'],
    ],
    [
      'the overlay device has two addresses',
      'flannel-single-address',
      flannel(cni0('10.10.2.1/24') + vtep('10.10.2.0/32') + vtep('10.10.4.0/32'), '10.10.2.1/24'),
      ['error node2 flannel.1'],
    ],
    [
      'a node stands twice after its name was changed',
      'node-duplicates',
      nodes('mas3       NotReady   master   310d   v1.20.4\nmas3.lan   Ready      master   16m    v1.20.4\n'),
      ['error mas3 Node mas3.lan'],
    ],
    [
      'two nodes that only begin alike',
      'node-duplicates',
      nodes('mas3       NotReady   master   310d   v1.20.4\nmas30      Ready      master   16m    v1.20.4\n'),
      ['node-duplicates'],
    ],
    [
      'the registry has other tags than the event names',
      'image-in-registry',
      registry('"1.1.0", "1.1.9"'),
      ['error 10.1.1.1:5000/redis:1.2.0'],
    ],
    ['the registry has it', 'image-in-registry', registry('"1.1.0", "1.2.0"'), ['image-in-registry']],
    ['Docker’s rules are gone from the list', 'docker-rules', docker(''), ['error fw1 container shop-api']],
    [
      'its rule is there',
      'docker-rules',
      docker(
        '1      0     0 DNAT       tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:8000 to:172.18.0.2:8000\n',
      ),
      ['docker-rules'],
    ],
    ['/etc/hosts lacks the own name', 'hosts-file', hosts('10.1.15.24  wrk4'), ['warning mas1 /etc/hosts']],
    ['/etc/hosts has it', 'hosts-file', hosts('10.1.15.11  mas1.lan mas1'), ['hosts-file']],
    ['the scheduler is not among the pods', 'components', system('kubectl -n kube-system get pods -o wide'), ['error mas1 kube-scheduler']],
    [
      'of a list that was cut nothing is missing',
      'components',
      system('kubectl -n kube-system get pods -o wide | head -8'),
      ['components'],
    ],
  ])('%s', async (_, only, terminal, expected) => expect((await found(terminal, only)).told).toEqual(expected))

  test('a finding names the line of the notes', async () => {
    const clock =
      '[root@mas1 ~]# hostname\nmas1\n[root@mas1 ~]# timedatectl\n               Local time: Sat 2026-11-21 10:00:00 CET\n           Universal time: Sat 2026-11-21 09:00:00 UTC\nSystem clock synchronized: no\n              NTP service: inactive\n'
    expect((await found(clock, 'time')).lines).toEqual([7])
  })
})
