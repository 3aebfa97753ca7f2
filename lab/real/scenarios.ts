import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { CAUSED } from './caused.ts'
import { SPECS } from './cluster.ts'
import { buildCluster, type ClusterSize, capturedOf, node } from './cluster-network.ts'
import { type Bundle, collect, writeBundle } from './collect.ts'
import { probesOf, type Scenario, tryAll } from './convict.ts'
import { HOST_CASES } from './host/all.ts'
import { asksOf, buildCase, planOf } from './host/case.ts'
import { capturedOfHost } from './host/host-network.ts'
import { Network } from './network.ts'

const SIZE: ClusterSize = { nodes: 2, pods: 2, backend: 'nft' }
/** A loopback node port does not work without route_localnet on a healthy node either; what nobody listens to, and a way through two nodes, are others' matter. */
const LEFT_OUT = new Set(['pod to a port where nobody listens', 'pod to a node port elsewhere'])

/** Every scenario by its name: what builds the network, breaks it, and makes the connections. */
export const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
  ...Object.fromEntries(Object.keys(CAUSED).map((fault) => [fault, () => cluster(fault)])),
  ...Object.fromEntries(Object.keys(HOST_CASES).map((name) => [name, () => host(name)])),
}

async function cluster(fault: string): Promise<Scenario> {
  const { causes = [], make, both } = CAUSED[fault] ?? {}
  const network = new Network('labk')
  try {
    await buildCluster(network, SIZE)
    await make?.(network, `iptables-${SIZE.backend}`)
    await network.hasten()
    const asks = SPECS.filter(({ name, to }) => !LEFT_OUT.has(name) && (!to.startsWith('127.') || causes.includes('nat.loopback')))
    const seen = await tryAll(network, asks)
    const bundle = await withLegacy(network, node(1), await collect(network, capturedOf(SIZE)))
    return { name: fault, causes, both, bundle, probes: await probesOf(network, bundle, asks, seen) }
  } finally {
    await network.close()
  }
}

async function host(name: string): Promise<Scenario> {
  const one = HOST_CASES[name]
  if (!one) throw new Error(`no case ${name}`)
  const network = new Network('labh')
  try {
    await buildCase(network, one)
    await network.hasten()
    const seen = await tryAll(network, asksOf(one))
    const bundle = await withLegacy(network, 'h', await collect(network, capturedOfHost(planOf(one))))
    return { name, causes: one.causes, both: one.both, bundle, probes: await probesOf(network, bundle, asksOf(one), seen) }
  } finally {
    await network.close()
  }
}

/** Rules of the program that is not in use, where there are any. */
async function withLegacy(network: Network, name: string, bundle: Bundle): Promise<Bundle> {
  const legacy = await network.run(name, ['iptables-legacy-save'])
  return legacy.includes('-A ') || legacy.includes(' DROP [')
    ? new Map([...bundle, [`hosts/${name}/iptables-legacy-save.txt`, legacy]])
    : bundle
}

/** Writes a scenario as an incident: `bundle/` and `expect.json`. */
export function keep(scenario: Scenario, folder: string): void {
  const { bundle, ...expected } = scenario
  const to = join(folder, scenario.name)
  mkdirSync(to, { recursive: true })
  writeBundle(bundle, join(to, 'bundle'))
  writeFileSync(join(to, 'expect.json'), `${JSON.stringify(expected, null, 1)}\n`)
}

/** Scenarios that `keep` wrote. */
export function* kept(folder: string, wanted: (name: string) => boolean): Generator<Scenario> {
  for (const name of readdirSync(folder).filter(wanted)) {
    const file = join(folder, name, 'expect.json')
    if (!existsSync(file)) continue
    const bundle = join(folder, name, 'bundle')
    const files = readdirSync(bundle, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const texts = files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(bundle, path), readFileSync(path, 'utf8')] as const)
    yield { ...(JSON.parse(readFileSync(file, 'utf8')) as Omit<Scenario, 'bundle'>), bundle: new Map(texts) }
  }
}
