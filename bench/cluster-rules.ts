import { createHash } from 'node:crypto'
import { PODS, PORT, type Service, subnet } from './cluster-size.ts'

/** portProtoHash of pkg/proxy/iptables/proxier.go: the first 16 letters of the base32 of a SHA-256. */
function chainName(prefix: string, text: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const digest = createHash('sha256').update(text).digest()
  let name = ''
  for (let bit = 0; bit < 80; bit += 5) {
    const two = ((digest[bit >> 3] ?? 0) << 8) | (digest[(bit >> 3) + 1] ?? 0)
    name += letters[(two >> (11 - (bit & 7))) & 31]
  }
  return `${prefix}${name}`
}

const probability = (choices: number): string => (Math.round(2 ** 31 / choices) / 2 ** 31).toFixed(11)

type ChainText = readonly [name: string, rules: readonly string[]]

function serviceChains({ name, address, nodePort, pods }: Service): readonly ChainText[] {
  const full = `default/${name}:http`
  const chain = chainName('KUBE-SVC-', `${full}tcp`)
  const hops = pods.map((pod) => ({ pod, hop: chainName('KUBE-SEP-', `${full}tcp${pod.address}:${PORT}`) }))
  const balance = hops.map(({ pod, hop }, i) => {
    const choice = i < hops.length - 1 ? `-m statistic --mode random --probability ${probability(hops.length - i)} ` : ''
    return `-A ${chain} -m comment --comment "${full} -> ${pod.address}:${PORT}" ${choice}-j ${hop}`
  })
  const masquerade = `-A ${chain} ! -s ${PODS} -d ${address}/32 -p tcp -m comment --comment "${full} cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`
  const external = chainName('KUBE-EXT-', `${full}tcp`)
  return [
    [chain, [masquerade, ...balance]],
    ...hops.map(
      ({ pod, hop }): ChainText => [
        hop,
        [
          `-A ${hop} -s ${pod.address}/32 -m comment --comment "${full}" -j KUBE-MARK-MASQ`,
          `-A ${hop} -p tcp -m comment --comment "${full}" -m tcp -j DNAT --to-destination ${pod.address}:${PORT}`,
        ],
      ],
    ),
    ...(nodePort === undefined
      ? []
      : [
          [
            external,
            [
              `-A ${external} -m comment --comment "masquerade traffic for ${full} external destinations" -j KUBE-MARK-MASQ`,
              `-A ${external} -j ${chain}`,
            ],
          ] as const,
        ]),
  ]
}

function portals(services: readonly Service[]): readonly ChainText[] {
  return [
    [
      'KUBE-SERVICES',
      [
        ...services.map(
          ({ name, address }) =>
            `-A KUBE-SERVICES -d ${address}/32 -p tcp -m comment --comment "default/${name}:http cluster IP" -m tcp --dport 80 -j ${chainName('KUBE-SVC-', `default/${name}:httptcp`)}`,
        ),
        '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
      ],
    ],
    [
      'KUBE-NODEPORTS',
      services.flatMap(({ name, nodePort }) =>
        nodePort === undefined
          ? []
          : [
              `-A KUBE-NODEPORTS -p tcp -m comment --comment "default/${name}:http" -m tcp --dport ${nodePort} -j ${chainName('KUBE-EXT-', `default/${name}:httptcp`)}`,
            ],
      ),
    ],
    ['KUBE-MARK-MASQ', ['-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000']],
    [
      'KUBE-POSTROUTING',
      [
        '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
        '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
        '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
      ],
    ],
  ]
}

const flannelMasquerade = (node: number): ChainText => {
  const own = `${subnet(node, 0)}/24`
  const comment = '-m comment --comment "flanneld masq"'
  return [
    'FLANNEL-POSTRTG',
    [
      `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${own} -d ${PODS} ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${PODS} -d ${own} ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG ! -s ${PODS} -d ${own} ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${PODS} ! -d 224.0.0.0/4 ${comment} -j MASQUERADE --random-fully`,
      `-A FLANNEL-POSTRTG ! -s ${PODS} -d ${PODS} ${comment} -j MASQUERADE --random-fully`,
    ],
  ]
}

const FILTER_CHAINS = [
  'FLANNEL-FWD',
  'KUBE-EXTERNAL-SERVICES',
  'KUBE-FIREWALL',
  'KUBE-FORWARD',
  'KUBE-NODEPORTS',
  'KUBE-PROXY-FIREWALL',
  'KUBE-SERVICES',
]
const FILTER_RULES = `-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A FLANNEL-FWD -s ${PODS} -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d ${PODS} -m comment --comment "flanneld forward" -j ACCEPT
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
`

/** Chains and rules that all nodes have, in one text before and one behind the node's own. */
interface SharedRules {
  readonly declarations: string
  readonly rules: string
}

export function sharedRules(services: readonly Service[]): SharedRules {
  const chains = [...portals(services), ...services.flatMap(serviceChains)].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    declarations: chains.map(([name]) => `:${name} - [0:0]\n`).join(''),
    rules: chains.flatMap(([, rules]) => rules.map((rule) => `${rule}\n`)).join(''),
  }
}

/** As `iptables-save -c` prints: what differs between nodes are counters, the date and flannel's own rules. */
export function rulesOf(node: number, { declarations, rules }: SharedRules, counters: boolean): string {
  const count = (n: number): string => `[${1000 + node * 31 + n}:${60_000 + node * 1860 + n}]`
  const policies = (names: readonly string[]): string => names.map((name, i) => `:${name} ACCEPT ${count(i)}\n`).join('')
  const own = flannelMasquerade(node)
  const text = `# Generated by iptables-save v1.8.9 (nf_tables) on Sat Nov 21 0${node % 10}:00:00 2026
*filter
${policies(['INPUT', 'FORWARD', 'OUTPUT'])}${FILTER_CHAINS.map((name) => `:${name} - [0:0]\n`).join('')}${FILTER_RULES}COMMIT
*nat
${policies(['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'])}:${own[0]} - [0:0]
${declarations}-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
${own[1].map((rule) => `${rule}\n`).join('')}${rules}COMMIT
`
  if (!counters) return text
  let n = 0
  return text.replace(/^-A/gm, () => `[${(n++ * 7 + node) % 9001}:${(n * 420 + node * 60) % 540_060}] -A`)
}
