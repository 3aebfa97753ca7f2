import { CONTINUE } from '../../action.ts'
import { unknown } from '../../decision.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

/** A cluster that shares one address without a balancer; removed in Linux 6.2. */
export interface ClusteripTarget {
  readonly kind: 'CLUSTERIP'
  /** Only the rule that made the cluster carries its settings. */
  readonly cluster?:
    | {
        readonly hashMode: HashMode
        readonly mac: string
        readonly totalNodes: number
        readonly localNode: number
        readonly hashInit: number
      }
    | undefined
}
type HashMode = (typeof MODES)[number]

const MODES = ['sourceip', 'sourceip-sourceport', 'sourceip-sourceport-destport'] as const
const MAX_NODES = 16

export const clusterip: TargetModule<ClusteripTarget> = {
  kind: 'CLUSTERIP',
  options: { new: 0, hashmode: 1, clustermac: 1, 'total-nodes': 1, 'local-node': 1, 'hash-init': 1 },
  read(given) {
    const options = new OptionReader(given)
    if (!options.flag('new')) return options.finish({ kind: 'CLUSTERIP' })
    const hashMode = options.value(['hashmode'], (text) => MODES.find((mode) => mode === text))
    const mac = options.value(['clustermac'], (text = '') =>
      /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? text.toUpperCase() : undefined,
    )
    const totalNodes = options.number('total-nodes', MAX_NODES)
    const localNode = options.number('local-node', MAX_NODES)
    const hashInit = options.number('hash-init') ?? 0
    if (!hashMode || !mac || !totalNodes || !localNode) options.fail('CLUSTERIP --new needs a hash mode, a MAC address and its nodes')
    return options.finish({
      kind: 'CLUSTERIP',
      cluster: { hashMode: hashMode ?? 'sourceip', mac: mac ?? '', totalNodes: totalNodes ?? 1, localNode: localNode ?? 1, hashInit },
    })
  },
  print: ({ cluster }) =>
    cluster
      ? `--new --hashmode ${cluster.hashMode} --clustermac ${cluster.mac} --total-nodes ${cluster.totalNodes} --local-node ${cluster.localNode} --hash-init ${cluster.hashInit}`
      : '',
  /** clusterip_tg(), ipt_CLUSTERIP.c: drops what hashes to another node, and marks the connections it keeps. */
  act(_, { conntrack }) {
    if (typeof conntrack === 'object' && conntrack.direction === 'reply') return CONTINUE
    return { kind: 'unknown', unknown: unknown('CLUSTERIP keeps or drops it by a hash and by the nodes that it has taken over') }
  },
  explain: () => "drops it unless this node's share of the cluster address takes it",
}
