import { kubeProxyFilter, kubeProxyNat } from '../kube-proxy-base.ts'

/** A port of the machine that Docker publishes for a container. */
export interface Published {
  readonly port: number
  readonly bridge: string
  readonly to: string
  readonly toPort: number
}

/** What Docker 20.10 to 27 write for bridges and published ports, as iptables-restore reads it. */
export function dockerRules(bridges: Readonly<Record<string, string>>, published: readonly Published[]): string {
  const names = Object.keys(bridges)
  const each = (line: (bridge: string) => string): string => names.map(line).join('')
  return `*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
${each((b) => `-A FORWARD -o ${b} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -o ${b} -j DOCKER\n-A FORWARD -i ${b} ! -o ${b} -j ACCEPT\n-A FORWARD -i ${b} -o ${b} -j ACCEPT\n`)}${published.map(({ bridge, to, toPort }) => `-A DOCKER -d ${to}/32 ! -i ${bridge} -o ${bridge} -p tcp -m tcp --dport ${toPort} -j ACCEPT\n`).join('')}${each((b) => `-A DOCKER-ISOLATION-STAGE-1 -i ${b} ! -o ${b} -j DOCKER-ISOLATION-STAGE-2\n`)}-A DOCKER-ISOLATION-STAGE-1 -j RETURN
${each((b) => `-A DOCKER-ISOLATION-STAGE-2 -o ${b} -j DROP\n`)}-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
${each((b) => `-A POSTROUTING -s ${networkOf(bridges[b] ?? '')} ! -o ${b} -j MASQUERADE\n`)}${published.map(({ to, toPort }) => `-A POSTROUTING -s ${to}/32 -d ${to}/32 -p tcp -m tcp --dport ${toPort} -j MASQUERADE\n`).join('')}${each((b) => `-A DOCKER -i ${b} -j RETURN\n`)}${published.map(({ bridge, port, to, toPort }) => `-A DOCKER ! -i ${bridge} -p tcp -m tcp --dport ${port} -j DNAT --to-destination ${to}:${toPort}\n`).join('')}COMMIT
`
}

const networkOf = (address: string): string => {
  const [ip = '', length = '24'] = address.split('/')
  const parts = ip.split('.')
  return `${length === '16' ? `${parts[0]}.${parts[1]}.0.0` : `${parts[0]}.${parts[1]}.${parts[2]}.0`}/${length}`
}

/** ufw 0.36 with its default to deny what comes in and what is routed; `allows` are its rules. */
export const ufwRules = (allows: readonly string[] = []): string => `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
:ufw-after-logging-input - [0:0]
:ufw-before-forward - [0:0]
:ufw-user-forward - [0:0]
:ufw-after-logging-forward - [0:0]
:ufw-not-local - [0:0]
-A INPUT -j ufw-before-input
-A INPUT -j ufw-after-logging-input
-A FORWARD -j ufw-before-forward
-A FORWARD -j ufw-after-logging-forward
-A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-after-logging-forward -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -j ufw-user-forward
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
${allows.map((line) => `${line}\n`).join('')}COMMIT
`

/** What firewalld with its nftables backend has of a machine whose cards are in zone public; `trusted` devices are in another. */
export const firewalldTable = (trusted: readonly string[] = []): string => `table inet firewalld {
  chain filter_INPUT {
    type filter hook input priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    jump filter_INPUT_ZONES
    reject with icmpx admin-prohibited
  }
  chain filter_FORWARD {
    type filter hook forward priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    jump filter_FORWARD_ZONES
    reject with icmpx admin-prohibited
  }
  chain filter_INPUT_ZONES {
${trusted.map((device) => `    iifname "${device}" accept\n`).join('')}    goto filter_IN_public
  }
  chain filter_FORWARD_ZONES {
${trusted.map((device) => `    iifname "${device}" accept\n`).join('')}    goto filter_FWD_public
  }
  chain filter_IN_public {
    jump filter_IN_public_allow
    meta l4proto { icmp, ipv6-icmp } accept
  }
  chain filter_IN_public_allow {
    tcp dport 22 accept
  }
  chain filter_FWD_public {
    jump filter_FWD_public_allow
  }
  chain filter_FWD_public_allow {
  }
}
`

/** A Service as kube-proxy in iptables mode makes rules of it. */
export interface ProxiedService {
  readonly name: string
  readonly id: string
  readonly ip: string
  readonly port: number
  readonly nodePort?: number
  /** `address:port` */
  readonly endpoints: readonly string[]
  /** externalTrafficPolicy: Local, and none of these endpoints is here. */
  readonly local?: boolean
  /** An address of a load balancer, and who may use it. */
  readonly balancer?: { readonly ip: string; readonly ranges: readonly string[] }
}

const CIDR = '10.244.0.0/16'

/** What kube-proxy 1.30 writes in iptables mode. */
export function kubeRules(services: readonly ProxiedService[]): string {
  const live = services.filter(({ endpoints }) => endpoints.length > 0)
  const dead = services.filter(({ endpoints }) => endpoints.length === 0)
  return [
    kubeProxyFilter(),
    ...dead.map(withoutEndpoints),
    ...live.map(guardFilter),
    'COMMIT\n',
    kubeProxyNat(),
    ...live.map(serviceNat),
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS\nCOMMIT\n',
  ].join('')
}

const withoutEndpoints = ({ name, ip, port, nodePort }: ProxiedService): string =>
  `-A KUBE-SERVICES -d ${ip}/32 -p tcp -m comment --comment "${name} has no endpoints" -m tcp --dport ${port} -j REJECT --reject-with icmp-port-unreachable\n${
    nodePort === undefined
      ? ''
      : `-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "${name} has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport ${nodePort} -j REJECT --reject-with icmp-port-unreachable\n`
  }`

/** Local without an endpoint here: what comes from outside is dropped. Source ranges: what the KUBE-FW chain has not let pass is. */
const guardFilter = ({ name, port, nodePort, local, balancer }: ProxiedService): string =>
  [
    local && nodePort !== undefined
      ? `-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "${name} has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport ${nodePort} -j DROP\n`
      : '',
    balancer
      ? `-A KUBE-PROXY-FIREWALL -d ${balancer.ip}/32 -p tcp -m comment --comment "${name} traffic not accepted by KUBE-FW" -m tcp --dport ${port} -j DROP\n`
      : '',
  ].join('')

function serviceNat({ name, id, ip, port, nodePort, endpoints, local, balancer }: ProxiedService): string {
  const comment = (text: string): string => `-m comment --comment "${text}"`
  const clusterIp = `-d ${ip}/32 -p tcp ${comment(`${name} cluster IP`)} -m tcp --dport ${port}`
  const external = !local && (nodePort !== undefined || balancer !== undefined)
  return [
    `:KUBE-SVC-${id} - [0:0]`,
    `-A KUBE-SERVICES ${clusterIp} -j KUBE-SVC-${id}`,
    ...(external
      ? [
          `:KUBE-EXT-${id} - [0:0]`,
          `-A KUBE-EXT-${id} ${comment(`masquerade traffic for ${name} external destinations`)} -j KUBE-MARK-MASQ`,
          `-A KUBE-EXT-${id} -j KUBE-SVC-${id}`,
        ]
      : []),
    ...(nodePort === undefined || local ? [] : [`-A KUBE-NODEPORTS -p tcp ${comment(name)} -m tcp --dport ${nodePort} -j KUBE-EXT-${id}`]),
    ...(balancer
      ? [
          `:KUBE-FW-${id} - [0:0]`,
          `-A KUBE-SERVICES -d ${balancer.ip}/32 -p tcp ${comment(`${name} loadbalancer IP`)} -m tcp --dport ${port} -j KUBE-FW-${id}`,
          ...balancer.ranges.map((range) => `-A KUBE-FW-${id} -s ${range} ${comment(`${name} loadbalancer IP`)} -j KUBE-EXT-${id}`),
          `-A KUBE-FW-${id} ${comment(`other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`)}`,
        ]
      : []),
    `-A KUBE-SVC-${id} ! -s ${CIDR} ${clusterIp} -j KUBE-MARK-MASQ`,
    ...endpoints.flatMap((endpoint, i) => {
      const left = endpoints.length - i
      const chance = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(11)} ` : ''
      const sep = `KUBE-SEP-${id.slice(0, 15)}${'ABCDEFGH'[i]}`
      return [
        `:${sep} - [0:0]`,
        `-A KUBE-SVC-${id} ${comment(`${name} -> ${endpoint}`)} ${chance}-j ${sep}`,
        `-A ${sep} -s ${endpoint.split(':')[0]}/32 ${comment(name)} -j KUBE-MARK-MASQ`,
        `-A ${sep} -p tcp ${comment(name)} -m tcp -j DNAT --to-destination ${endpoint}`,
      ]
    }),
    '',
  ].join('\n')
}

/** What the CNI plugins and flannel write so that pods of this machine reach what is beyond. */
export const POD_MASQUERADE = `*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s ${CIDR} -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d ${CIDR} -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.244.0.0/24 -d ${CIDR} -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s ${CIDR} -d 10.244.0.0/24 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG ! -s ${CIDR} -d 10.244.0.0/24 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s ${CIDR} ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s ${CIDR} -d ${CIDR} -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
`
