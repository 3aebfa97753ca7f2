import { type Bundle, type Captured, collect } from './collect.ts'
import type { Spec } from './connections.ts'
import { BEYOND, CLIENT, DockerEngine, ENGINE } from './docker-engine.ts'
import { hold, type Judged } from './judge.ts'
import { Network } from './network.ts'

interface Fault {
  readonly name: string
  readonly make: (network: Network) => Promise<unknown>
  readonly undo: (network: Network, engine: DockerEngine) => Promise<unknown>
}

/** A rule, put first into a chain and taken out again. */
const rule = (name: string, table: string, chain: string, line: string): Fault => ({
  name,
  make: (network) => network.run('engine', ['iptables-nft', '-t', table, '-I', chain, '1', ...line.split(' ')]),
  undo: (network) => network.run('engine', ['iptables-nft', '-t', table, '-D', chain, '1']),
})

async function lines(network: Network, all: readonly string[]): Promise<void> {
  for (const line of all) await network.ip('engine', line)
}

const TABLE_52 = [
  'link add ts0 type veth peer name ts1',
  'link set ts0 up',
  'link set ts1 up',
  'addr add 100.64.0.1/32 dev ts0',
  'route add 172.17.0.0/16 dev ts0 table 52',
  'rule add pref 5270 lookup 52',
]

const LATER_REJECT = `table inet later {
  chain forward {
    type filter hook forward priority filter + 10; policy accept;
    ct state established,related accept
    iifname "docker0" accept
    reject with icmpx admin-prohibited
  }
}
`

const FAULTS: readonly Fault[] = [
  { name: 'healthy', make: async () => {}, undo: async () => {} },
  rule('forward-drop', 'filter', 'FORWARD', '-j DROP'),
  rule('docker-user-reject', 'filter', 'DOCKER-USER', '-i eth0 -j REJECT'),
  rule('redirect-8080', 'nat', 'PREROUTING', '-p tcp --dport 8080 -j REDIRECT --to-ports 9999'),
  {
    name: 'docker-nat-flushed',
    make: (network) => network.run('engine', ['iptables-nft', '-t', 'nat', '-F', 'DOCKER']),
    undo: async (_, engine) => {
      await engine.docker('restart', '-t', '0', 'web')
      await engine.attach()
    },
  },
  {
    name: 'forwarding-off',
    make: (network) => network.sysctl('engine', 'net.ipv4.ip_forward', '0'),
    undo: (network) => network.sysctl('engine', 'net.ipv4.ip_forward', '1'),
  },
  {
    name: 'no-default-route',
    make: (network) => lines(network, ['route del default']),
    undo: (network) => lines(network, [`route add default via ${CLIENT}`]),
  },
  {
    name: 'table-52',
    make: (network) => lines(network, TABLE_52),
    undo: (network) => lines(network, ['rule del pref 5270', 'link del ts0']),
  },
  {
    name: 'nft-later-reject',
    make: (network) => network.run('engine', ['nft', '-f', '-'], LATER_REJECT),
    undo: (network) => network.run('engine', ['nft', 'delete', 'table', 'inet', 'later']),
  },
]

const CAPTURED: readonly Captured[] = [
  { inside: 'engine', folder: 'hosts/engine', backend: 'nft' },
  { inside: 'web', folder: 'hosts/engine/netns/web', backend: 'nft' },
  { inside: 'client', folder: 'hosts/client', backend: 'nft' },
]

function specs(container: string): readonly Spec[] {
  const client = { inside: 'client', from: { from: 'host/client' }, tries: 1 }
  const engine = { inside: 'engine', from: { from: 'host/engine' }, tries: 1 }
  const web = { inside: 'web', from: { from: 'container/web' }, tries: 1 }
  return [
    { name: 'client to the published port', ...client, to: `${ENGINE}:8080` },
    { name: 'client to the container', ...client, to: `${container}:80` },
    { name: 'host to its loopback 8080', ...engine, to: '127.0.0.1:8080' },
    { name: 'host to its own 8080', ...engine, to: `${ENGINE}:8080` },
    { name: 'host to the container', ...engine, to: `${container}:80` },
    { name: 'host to where nobody listens', ...engine, to: `${container}:81` },
    { name: 'container to the client', ...web, to: `${CLIENT}:9000` },
    { name: 'container beyond', ...web, to: `${BEYOND}:9000` },
    { name: 'container to its published port', ...web, to: `${ENGINE}:8080` },
  ]
}

export interface DockerReport {
  readonly fault: string
  readonly bundle: Bundle
  readonly judged: readonly Judged[]
}

async function evidence(network: Network, engine: DockerEngine): Promise<Bundle> {
  const bundle = new Map(await collect(network, CAPTURED))
  bundle.set('hosts/engine/docker/inspect.json', await engine.docker('inspect', 'web'))
  bundle.set('hosts/engine/docker/network.json', await engine.docker('network', 'inspect', 'bridge', 'host', 'none'))
  bundle.set('hosts/engine/docker/ps.json', await engine.docker('ps', '-a', '--no-trunc', '--format', '{{json .}}'))
  return bundle
}

/** One engine; each fault is made, collected, tried by every connection, and undone. */
export async function runDocker(wanted: (fault: string) => boolean, report: (found: DockerReport) => void): Promise<void> {
  const network = new Network('labd')
  const engine = new DockerEngine(network)
  try {
    await engine.up()
    for (const fault of FAULTS.filter(({ name }) => wanted(name))) {
      await fault.make(network)
      await network.hasten()
      const bundle = await evidence(network, engine)
      const asked = specs(await engine.address())
      const judged = await hold(network, bundle, asked, new Set(['web', 'client', 'outside']))
      report({ fault: fault.name, bundle, judged })
      await fault.undo(network, engine)
    }
  } finally {
    await network.close()
  }
}
