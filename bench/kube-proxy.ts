import { chainName, FILTER_CHAINS, filterRules, probability } from './kube-chains.ts'

/**
 * A ruleset as kube-proxy 1.30 in iptables mode leaves it and iptables-save prints it: chains in alphabetical order, each Service with
 * a KUBE-SVC chain that picks among its endpoints by `statistic`, each endpoint with a KUBE-SEP chain that translates.
 */
export interface ClusterSize {
  readonly services: number
  /** Endpoints of all Services together; spread over them as 1, 2, 3, 4, 5, 1, … so that three a Service is exact. */
  readonly endpoints: number
}

export interface Service {
  readonly name: string
  readonly clusterIp: string
  /** Set for one Service in fifty. */
  readonly nodePort: number | undefined
  readonly endpoints: readonly string[]
}

export interface Cluster {
  readonly services: readonly Service[]
  readonly text: string
  readonly rules: number
}

const PODS = '10.64.0.0/10'

const address = (base: readonly [number, number], n: number): string => `${base[0]}.${base[1] + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`

export function services(size: ClusterSize): readonly Service[] {
  const list: Service[] = []
  let next = 0
  for (let i = 0; i < size.services; i++) {
    const left = size.endpoints - next
    const count = i === size.services - 1 ? left : Math.min(1 + (i % 5), left)
    const endpoints = Array.from({ length: count }, (_, k) => address([10, 64], 256 + next + k))
    next += count
    list.push({
      name: `ns-${i % 60}/svc-${i}:http`,
      clusterIp: address([172, 30], 1 + i),
      nodePort: i % 50 === 7 ? 30_000 + (i % 2768) : undefined,
      endpoints,
    })
  }
  return list
}

/** The chains of one Service, as `[chain, rules]`. */
function serviceChains(service: Service): readonly (readonly [string, readonly string[]])[] {
  const { name, clusterIp, endpoints } = service
  const chain = chainName('KUBE-SVC-', name, 'tcp')
  const hops = endpoints.map((ip) => ({ ip, chain: chainName('KUBE-SEP-', name, 'tcp', `${ip}:8080`) }))
  const balance = hops.map(({ ip, chain: hop }, i) => {
    const choice = i < hops.length - 1 ? `-m statistic --mode random --probability ${probability(hops.length - i)} ` : ''
    return `-A ${chain} -m comment --comment "${name} -> ${ip}:8080" ${choice}-j ${hop}`
  })
  const chains: [string, readonly string[]][] = [
    [
      chain,
      [
        `-A ${chain} ! -s ${PODS} -d ${clusterIp}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`,
        ...balance,
      ],
    ],
  ]
  for (const { ip, chain: hop } of hops) {
    chains.push([
      hop,
      [
        `-A ${hop} -s ${ip}/32 -m comment --comment "${name}" -j KUBE-MARK-MASQ`,
        `-A ${hop} -p tcp -m comment --comment "${name}" -m tcp -j DNAT --to-destination ${ip}:8080`,
      ],
    ])
  }
  if (service.nodePort !== undefined) {
    const external = chainName('KUBE-EXT-', name, 'tcp')
    chains.push([
      external,
      [
        `-A ${external} -m comment --comment "masquerade traffic for ${name} external destinations" -j KUBE-MARK-MASQ`,
        `-A ${external} -j ${chain}`,
      ],
    ])
  }
  return chains
}

const portals = (list: readonly Service[]): readonly string[] => [
  ...list
    .filter((s) => s.endpoints.length > 0)
    .map(
      (s) =>
        `-A KUBE-SERVICES -d ${s.clusterIp}/32 -p tcp -m comment --comment "${s.name} cluster IP" -m tcp --dport 80 -j ${chainName('KUBE-SVC-', s.name, 'tcp')}`,
    ),
  '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
]

const nodePorts = (list: readonly Service[]): readonly string[] =>
  list
    .filter((s) => s.nodePort !== undefined)
    .map(
      (s) =>
        `-A KUBE-NODEPORTS -p tcp -m comment --comment "${s.name}" -m tcp --dport ${s.nodePort} -j ${chainName('KUBE-EXT-', s.name, 'tcp')}`,
    )

const FILTER = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
${FILTER_CHAINS.map((name) => `:${name} - [0:0]\n`).join('')}${filterRules()}COMMIT
`

const NAT_BASE = `-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
`

const FIXED: readonly (readonly [string, readonly string[]])[] = [
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

/** The whole dump. The same size gives the same bytes. */
export function cluster(size: ClusterSize): Cluster {
  const list = services(size)
  const chains = [
    ...FIXED,
    ['KUBE-NODEPORTS', nodePorts(list)] as const,
    ['KUBE-SERVICES', portals(list)] as const,
    ...list.flatMap(serviceChains),
  ]
  chains.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const nat = [
    '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n',
    ...chains.map(([name]) => `:${name} - [0:0]\n`),
    NAT_BASE,
    ...chains.flatMap(([, rules]) => rules.map((rule) => `${rule}\n`)),
    'COMMIT\n',
  ].join('')
  const text = `# Generated by iptables-save v1.8.9 (nf_tables)\n${FILTER}${nat}`
  return { services: list, text, rules: text.match(/^-A /gm)?.length ?? 0 }
}
