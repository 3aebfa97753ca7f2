import { nodeFdb, nodeLinks, nodeNeighbours, nodeRoutes, podFiles, RULES, SYSCTL } from './cluster-machines.ts'
import { objects } from './cluster-objects.ts'
import { rulesOf, sharedRules } from './cluster-rules.ts'
import { type ClusterSize, json, nodeName, podsOf, servicesOf } from './cluster-size.ts'

function faultyRules(node: number, text: string, faulty: boolean): string {
  if (faulty && node === 11) return text.replace(/^((?:\[\d+:\d+\] )?-A INPUT )/m, '-A INPUT -p udp -m udp --dport 8472 -j DROP\n$1')
  return faulty && node === 29
    ? text.replace(/^(?:\[\d+:\d+\] )?-A KUBE-SERVICES -d 172\.30\.\d+\.(?:40|80|120|160|200|240)\/32 .*\n/gm, '')
    : text
}

export interface ClusterOptions {
  /** Rules with counters, as `iptables-save -c` prints them. */
  readonly counters: boolean
  /** Three nodes are broken: the 7th has lost its FDB, the 12th drops VXLAN, kube-proxy of the 30th has missed every 40th Service. */
  readonly faulty: boolean
}

/** The bundle's files one after the other, so that the whole of it need not be in memory. */
export function* clusterFiles(size: ClusterSize, { counters, faulty }: ClusterOptions): Generator<readonly [path: string, text: string]> {
  const pods = podsOf(size)
  const services = servicesOf(size, pods)
  const shared = sharedRules(services)
  yield* objects(pods, services)
  for (let node = 0; node < size.nodes; node++) {
    const own = pods.slice(node * size.podsPerNode, (node + 1) * size.podsPerNode)
    const folder = `hosts/${nodeName(node)}`
    yield [`${folder}/iptables-save.txt`, faultyRules(node, rulesOf(node, shared, counters), faulty)]
    yield [`${folder}/ip-addr.json`, json(nodeLinks(node, own))]
    yield [`${folder}/ip-route.json`, json(nodeRoutes(node, size.nodes))]
    yield [`${folder}/ip-rule.json`, json(RULES)]
    yield [`${folder}/ip-neigh.json`, json(nodeNeighbours(node, size.nodes, own))]
    yield [`${folder}/bridge-fdb.json`, json(faulty && node === 6 ? [] : nodeFdb(node, size.nodes))]
    yield [`${folder}/sysctl.txt`, SYSCTL]
    for (const [i, pod] of own.entries()) for (const [name, text] of podFiles(pod, i)) yield [`${folder}/netns/${pod.name}/${name}`, text]
  }
}
