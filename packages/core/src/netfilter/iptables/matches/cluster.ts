import type { MatchModule } from '../module.ts'
import { unknown } from './decide.ts'
import { hex, OptionReader, parseNumber, U32 } from './options.ts'

export interface ClusterMatch {
  readonly kind: 'cluster'
  readonly totalNodes: number
  readonly nodeMask: number
  readonly seed: number
  readonly negated: boolean
}

/** XT_CLUSTER_NODES_MAX */
const NODES_MAX = 32

/** xt_cluster.c, xt_cluster_mt(): false without a connection; else a hash of its original source says which node it is for. */
export const cluster: MatchModule<ClusterMatch> = {
  kind: 'cluster',
  options: { 'cluster-total-nodes': 1, 'cluster-local-node': 1, 'cluster-local-nodemask': 1, 'cluster-hash-seed': 1 },
  read(given) {
    const options = new OptionReader(given)
    const totalNodes = options.number('cluster-total-nodes', NODES_MAX) ?? 0
    const node = options.signedNumber('cluster-local-node', NODES_MAX)
    const mask = options.signed(['cluster-local-nodemask'], (text = '') => {
      const value = parseNumber(text, U32)
      return value === undefined ? undefined : { value }
    })
    const seed = options.number('cluster-hash-seed')
    options.require(totalNodes > 0, 'cluster needs --cluster-total-nodes')
    options.require((node === undefined) !== (mask === undefined), 'cluster needs either --cluster-local-node or --cluster-local-nodemask')
    options.require(seed !== undefined, 'cluster needs --cluster-hash-seed')
    options.require(!node || (node.value >= 1 && node.value <= totalNodes), 'no such node in the cluster')
    const nodeMask = node ? 2 ** (node.value - 1) : (mask?.value ?? 0)
    options.require(nodeMask < 2 ** totalNodes, 'no such node in the cluster')
    return options.finish({ kind: 'cluster', totalNodes, nodeMask, seed: seed ?? 0, negated: (node ?? mask)?.negated ?? false })
  },
  print: (match) =>
    `${match.negated ? '! ' : ''}--cluster-local-nodemask ${hex(match.nodeMask, 8)} --cluster-total-nodes ${match.totalNodes} --cluster-hash-seed ${hex(match.seed, 8)}`,
  decide: (_match, { conntrack }) =>
    typeof conntrack === 'string' ? false : unknown('which node of the cluster takes this connection is a hash that is not computed'),
  explain: (match) => `is ${match.negated ? 'not ' : ''}one that this node of a cluster of ${match.totalNodes} takes`,
}
