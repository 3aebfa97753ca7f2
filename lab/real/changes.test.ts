import { compareEvidence } from '@culprit/core/diagnose/comparison'
import type { Document } from '@culprit/core/intake/document'
import { readDocuments } from '@culprit/core/intake/documents'
import { changeText } from '@culprit/core/report/diff/words'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingForReal } from '../requirements.ts'
import { buildCluster, CLUSTER_IP, capturedOf, node, pod } from './cluster-network.ts'
import { collect } from './collect.ts'
import { connectAll } from './connections.ts'
import { knowledge } from './knowledge.ts'
import { Network } from './network.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no change of a kernel is looked for: ${reasons.join('; ')}\n`)
const SIZE = { nodes: 2, pods: 2, backend: 'nft' } as const

/** A change, how it is undone, and how a comparison of real snapshots names it. */
interface Story {
  readonly name: string
  readonly makes: (network: Network) => Promise<unknown>
  readonly undoes: (network: Network) => Promise<unknown>
  readonly told: readonly RegExp[]
  /** Do flows change by it? */
  readonly flows: boolean
}

const run = (line: string) => (network: Network) => network.run(node(1), line.split(' '))
const STORIES: readonly Story[] = [
  {
    name: 'a rule in front of all others',
    makes: run('iptables-nft -I FORWARD 1 -p tcp --dport 80 -j DROP'),
    undoes: run('iptables-nft -D FORWARD 1'),
    told: [/^rule 1 of chain FORWARD, table filter of iptables added: -A FORWARD -p tcp -m tcp --dport 80 -j DROP$/],
    flows: true,
  },
  {
    name: 'a policy',
    makes: run('iptables-nft -P FORWARD DROP'),
    undoes: run('iptables-nft -P FORWARD ACCEPT'),
    told: [/^policy of chain FORWARD, table filter of iptables changed: policy ACCEPT → DROP$/],
    flows: false,
  },
  {
    name: 'a native table',
    makes: (network) =>
      network.run(
        node(1),
        ['nft', '-f', '-'],
        'table inet guard {\nchain f {\ntype filter hook forward priority 10;\nudp dport 53 drop\n}\n}\n',
      ),
    undoes: run('nft delete table inet guard'),
    told: [/^table inet guard added/, /^chain f, table inet guard added/, /^rule 1 of chain f, table inet guard added: udp dport 53 drop$/],
    flows: false,
  },
  {
    name: 'a route that is gone',
    makes: run('ip route del 10.244.2.0/24'),
    undoes: run('ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink'),
    told: [/^route of table main removed: .*10\.244\.2\.0/],
    flows: true,
  },
  {
    name: 'an MTU',
    makes: run('ip link set flannel.1 mtu 1400'),
    undoes: run('ip link set flannel.1 mtu 1450'),
    told: [/^device flannel\.1 changed: mtu 1450 → 1400$/],
    flows: false,
  },
  {
    name: 'forwarding',
    makes: run('sysctl -qw net.ipv4.conf.cni0.forwarding=0'),
    undoes: run('sysctl -qw net.ipv4.conf.cni0.forwarding=1'),
    told: [/^setting of the kernel net\.ipv4\.conf\.cni0\.forwarding changed: value 1 → 0$/],
    flows: true,
  },
]

describe.skipIf(reasons.length > 0)('what changed on a real kernel is named, and nothing else', () => {
  const network = new Network('labc')
  let before: readonly Document[] = []
  const snapshot = async (): Promise<readonly Document[]> =>
    readDocuments([...(await collect(network, capturedOf(SIZE)))].map(([path, text]) => ({ path, text, root: 'lab' })))
  beforeAll(async () => {
    await buildCluster(network, SIZE)
    await network.hasten()
    await connectAll(network, [{ name: '', inside: pod(1, 1), to: `${CLUSTER_IP}:80`, from: { from: '' }, tries: 4 }])
    before = await snapshot()
  }, 60_000)
  afterAll(() => network.close())

  test('traffic alone is no change: counters, connections, neighbours that were learned', async () => {
    await connectAll(
      network,
      [1, 2].map((i) => ({ name: '', inside: pod(i, 2), to: `${CLUSTER_IP}:80`, from: { from: '' }, tries: 4 })),
    )
    const { found } = compareEvidence(before, await snapshot(), knowledge().owners)
    expect(found.map(changeText)).toEqual([])
  }, 60_000)

  test.each(STORIES)(
    '$name',
    async ({ makes, undoes, told, flows }) => {
      await makes(network)
      const comparison = compareEvidence(before, await snapshot(), knowledge().owners)
      await undoes(network)
      const texts = comparison.found.map(changeText)
      expect(texts).toHaveLength(told.length)
      for (const [i, text] of texts.entries()) expect(text).toMatch(told[i] as RegExp)
      expect((comparison.flows?.changed.length ?? 0) > 0).toBe(flows)
    },
    60_000,
  )
})
