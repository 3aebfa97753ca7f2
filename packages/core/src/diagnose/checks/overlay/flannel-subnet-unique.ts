import type { Address } from '../../../net/address.ts'
import { formatPrefix, type Prefix, rangeOf } from '../../../net/prefix.ts'
import { type Because, because, type Check, type Found, NOTHING } from '../check.ts'
import type { CheckScene } from '../scene.ts'
import { flannelHosts, holds, leaseSays, rangeOfAddress } from './flannel.ts'

interface Claim {
  /** Who claims it: a host's or a Node's name. */
  readonly by: string
  readonly range: Prefix
  readonly because: Because
}

export const flannelSubnetUnique: Check = {
  id: 'overlay-subnet-unique',
  holds: 'no two nodes use the same pod range',
  why: 'packets for pods of one node are sent to the other: loss and misrouting',
  evidence: ['hosts/HOST/files/run/flannel/subnet.env', 'hosts/HOST/ip-addr.json', 'cluster/nodes.json'],
  causes: ['overlay.duplicate-subnet'],
  runbook: 'overlay-light-repair',
  run(scene) {
    const claims = claimsOf(scene)
    const owners = new Set(claims.map(({ by }) => by))
    if (owners.size < 2) return NOTHING
    return { looked: owners.size, findings: overlaps(claims), missing: [] }
  },
}

/** What each node's lease, bridge and Node object claim. A Node that is a captured host speaks by the host's name. */
function claimsOf(scene: CheckScene): readonly Claim[] {
  const hosts = flannelHosts(scene).flatMap(({ host, lease, bridgeAddresses }): readonly Claim[] => [
    ...(lease?.subnet ? [{ by: host.name, range: lease.subnet, because: leaseSays(lease) }] : []),
    ...bridgeAddresses.map((address) => ({ by: host.name, range: rangeOfAddress(address), because: holds(address) })),
  ])
  const names = new Map([...scene.hosts.values()].flatMap((host) => (host.node ? [[host.node.name, host.name] as const] : [])))
  const nodes = scene.cluster.nodes.flatMap((node) =>
    node.podCidrs.map((range) => ({
      by: names.get(node.name) ?? node.name,
      range,
      because: because(`Node ${node.name}: podCIDR ${formatPrefix(range)}`, node.source),
    })),
  )
  return [...hosts, ...nodes]
}

/** Sorted by where they begin, a range meets only those that begin before it ends. */
function overlaps(claims: readonly Claim[]): readonly Found[] {
  const findings = new Map<string, Found>()
  for (const family of ['number', 'bigint']) {
    const sorted = claims
      .filter(({ range }) => typeof range.address === family)
      .map((claim) => ({ ...claim, ...rangeOf(claim.range) }))
      .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
    for (const [i, claim] of sorted.entries())
      for (let k = i + 1; k < sorted.length && (sorted[k] as { readonly first: Address }).first <= claim.last; k++) {
        const other = sorted[k] as Claim
        const key = [claim.by, other.by].sort().join('\n')
        if (claim.by !== other.by && !findings.has(key)) findings.set(key, collision(claim, other))
      }
  }
  return [...findings.values()]
}

const collision = (one: Claim, other: Claim): Found => ({
  severity: 'error',
  cause: 'overlay.duplicate-subnet',
  host: other.by,
  object: formatPrefix(other.range),
  text: `${one.by} and ${other.by} both use ${formatPrefix(other.range)} for their pods${one.range.length === other.range.length ? '' : ` (${one.by}: ${formatPrefix(one.range)})`}`,
  because: [one.because, other.because],
})
