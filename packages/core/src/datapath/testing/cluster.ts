import { type Machine, macOf } from './machines.ts'
import { save } from './rulesets.ts'

/** A machine whose texts are still to be changed. */
export type Draft = { -readonly [field in keyof Machine]: string }

export interface ClusterShape {
  readonly nodes: number
  readonly pods: number
  /** For each Service, the pods behind it as `node.pod`, counted from 1. */
  readonly services: readonly (readonly string[])[]
  readonly proxy: 'iptables' | 'nftables'
}

export const nodeAddress = (node: number): string => `192.0.2.${10 + node}`
export const podAddress = (node: number, pod: number): string => `10.244.${node}.${1 + pod}`
export const serviceAddress = (service: number): string => `10.96.0.${10 + service}`

const others = (nodes: number, node: number): readonly number[] =>
  Array.from({ length: nodes }, (_, i) => i + 1).filter((other) => other !== node)

/** Nodes with flannel over VXLAN and kube-proxy, each pod a namespace behind cni0 that serves port 8080. */
export function flannelCluster(shape: ClusterShape): Record<string, Draft> {
  const machines: Record<string, Draft> = {}
  for (let node = 1; node <= shape.nodes; node++) {
    machines[`n${node}`] = nodeMachine(shape, node)
    for (let pod = 1; pod <= shape.pods; pod++) machines[`n${node}/p${pod}`] = podMachine(node, pod)
  }
  return machines
}

function nodeMachine(shape: ClusterShape, node: number): Draft {
  const others_ = others(shape.nodes, node)
  const pods = Array.from({ length: shape.pods }, (_, i) => i + 1)
  const flannel = (other: number): string => macOf(`n${other} flannel.1`)
  return {
    devices: [
      `eth0 ${nodeAddress(node)}/24`,
      `cni0 bridge 10.244.${node}.1/24 mtu=1450`,
      `flannel.1 vxlan=1:${nodeAddress(node)} 10.244.${node}.0/32 mtu=1450`,
      ...pods.map((pod) => `veth${pod}@n${node}/p${pod}:eth0 master=cni0 hairpin mtu=1450`),
    ].join('\n'),
    routes: [
      'default via 192.0.2.1 dev eth0',
      ...others_.map((other) => `10.244.${other}.0/24 via 10.244.${other}.0 dev flannel.1 onlink`),
    ].join('\n'),
    neighbours: [
      ...others_.map((other) => `10.244.${other}.0 dev flannel.1 lladdr ${flannel(other)} PERMANENT`),
      ...pods.map((pod) => `${podAddress(node, pod)} dev cni0 lladdr ${macOf(`n${node}/p${pod} eth0`)} REACHABLE`),
    ].join('\n'),
    fdb: others_.map((other) => `${flannel(other)} dev flannel.1 dst ${nodeAddress(other)} self permanent`).join('\n'),
    sysctl: SYSCTL,
    iptables: save(`${FILTER}\n${shape.proxy === 'iptables' ? natRules(shape, node) : flannelNat(node)}`),
    ...(shape.proxy === 'nftables' ? { nft: nftRules(shape) } : {}),
  }
}

const podMachine = (node: number, pod: number): Draft => ({
  devices: `eth0@n${node}:veth${pod} ${podAddress(node, pod)}/24 mtu=1450`,
  routes: `default via 10.244.${node}.1 dev eth0\n10.244.0.0/16 via 10.244.${node}.1 dev eth0`,
  ss: 'tcp LISTEN 0 128 *:8080 *:*',
})

const SYSCTL = `net.ipv4.ip_forward = 1
net.bridge.bridge-nf-call-iptables = 1
net.ipv4.conf.all.rp_filter = 0
net.ipv4.conf.default.rp_filter = 0`

const FILTER = `*filter
-A FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -s 10.244.0.0/16 -j ACCEPT
-A FORWARD -d 10.244.0.0/16 -j ACCEPT`

const flannelNat = (node: number): string => `*nat
-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully
-A POSTROUTING -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -s 10.244.${node}.0/24 -d 10.244.0.0/16 -j RETURN
-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.${node}.0/24 -j RETURN
-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE --random-fully`

const endpointsOf = (pods: readonly string[]): readonly string[] =>
  pods.map((text) => {
    const [node = '1', pod = '1'] = text.split('.')
    return podAddress(Number(node), Number(pod))
  })

function natRules({ services }: ClusterShape, node: number): string {
  const portals = services.map(
    (_, i) =>
      `-A KUBE-SERVICES -d ${serviceAddress(i)}/32 -p tcp -m comment --comment "default/s${i}:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-${i}`,
  )
  const chains = services.flatMap((pods, i) => {
    const endpoints = endpointsOf(pods)
    return [
      `-A KUBE-SVC-${i} ! -s 10.244.0.0/16 -d ${serviceAddress(i)}/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ`,
      ...endpoints.map((_, k) => {
        const left = endpoints.length - k
        return `-A KUBE-SVC-${i} ${left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(11)} ` : ''}-j KUBE-SEP-${i}-${k}`
      }),
      ...endpoints.flatMap((address, k) => [
        `-A KUBE-SEP-${i}-${k} -s ${address}/32 -j KUBE-MARK-MASQ`,
        `-A KUBE-SEP-${i}-${k} -p tcp -m tcp -j DNAT --to-destination ${address}:8080`,
      ]),
    ]
  })
  return `*nat
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
${flannelNat(node).split('\n').slice(1).join('\n')}
${portals.join('\n')}
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m comment --comment "default/s0:http" -m tcp --dport 30080 -j KUBE-EXT-0
-A KUBE-EXT-0 -j KUBE-MARK-MASQ
-A KUBE-EXT-0 -j KUBE-SVC-0
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
${chains.join('\n')}`
}

/** kube-proxy's nftables mode, as far as it matters here. */
function nftRules({ services }: ClusterShape): string {
  const name = (i: number): string => `ABCDEF${10 + i}-default/s${i}/tcp/http`
  const chains = services.map((pods, i) => {
    const endpoints = endpointsOf(pods)
    const hop = (address: string): string => `endpoint-ABCDEF${10 + i}-default/s${i}/tcp/http__${address}/8080`
    const picks = endpoints.map((address, k) => `${k} : goto ${hop(address)}`).join(', ')
    return `chain service-${name(i)} {
ip daddr ${serviceAddress(i)} tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
numgen random mod ${endpoints.length} vmap { ${picks} }
}
${endpoints
  .map(
    (address) => `chain ${hop(address)} {
ip saddr ${address} jump mark-for-masquerade
meta l4proto tcp dnat to ${address}:8080
}`,
  )
  .join('\n')}`
  })
  return `table ip kube-proxy {
map service-ips {
type ipv4_addr . inet_proto . inet_service : verdict
elements = { ${services.map((_, i) => `${serviceAddress(i)} . tcp . 80 : goto service-${name(i)}`).join(', ')} }
}
chain nat-prerouting {
type nat hook prerouting priority dstnat; policy accept;
jump services
}
chain nat-output {
type nat hook output priority dstnat; policy accept;
jump services
}
chain services {
ip daddr . meta l4proto . th dport vmap @service-ips
}
chain mark-for-masquerade {
meta mark set meta mark | 0x00004000
}
${chains.join('\n')}
}
`
}
