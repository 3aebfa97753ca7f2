import { createHash } from 'node:crypto'
import { kubeProxyFilter, kubeProxyNat } from './kube-proxy-base.ts'

/** What kube-proxy 1.30 and flannel write on node `node` for one Service with a NodePort, as iptables-restore reads it. */
export interface ServiceRules {
  readonly node: number
  readonly clusterIp: string
  readonly nodePort: number
  readonly endpoints: readonly string[]
  readonly podCidr: string
  readonly clusterCidr: string
}

const FILTER = kubeProxyFilter(':FLANNEL-FWD - [0:0]\n', '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD\n')

const NAT = `${kubeProxyNat(
  ':KUBE-SVC-WEBHTTPAAAAAAAAA - [0:0]\n:KUBE-EXT-WEBHTTPAAAAAAAAA - [0:0]\n:FLANNEL-POSTRTG - [0:0]\n',
  '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG\n',
)}-A KUBE-EXT-WEBHTTPAAAAAAAAA -m comment --comment "masquerade traffic for default/web:http external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-WEBHTTPAAAAAAAAA -j KUBE-SVC-WEBHTTPAAAAAAAAA
`

const SERVICE = '-m comment --comment "default/web:http cluster IP" -m tcp --dport 80'

export function serviceRules(rules: ServiceRules): string {
  const { clusterCidr, clusterIp } = rules
  const forward = ['-s', '-d'].map((side) => `-A FLANNEL-FWD ${side} ${clusterCidr} -m comment --comment "flanneld forward" -j ACCEPT\n`)
  const service = `-d ${clusterIp}/32 -p tcp ${SERVICE}`
  const nat = [
    `-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport ${rules.nodePort} -j KUBE-EXT-WEBHTTPAAAAAAAAA`,
    `-A KUBE-SERVICES ${service} -j KUBE-SVC-WEBHTTPAAAAAAAAA`,
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    `-A KUBE-SVC-WEBHTTPAAAAAAAAA ! -s ${clusterCidr} ${service} -j KUBE-MARK-MASQ`,
    ...rules.endpoints.flatMap((endpoint, i) => endpointRules(endpoint, rules.endpoints.length - i)),
    ...masquerade(rules),
  ]
  return `${FILTER}${forward.join('')}COMMIT\n${NAT}${nat.join('\n')}\nCOMMIT\n`
}

/** The endpoint's chain, and the rule that picks it: 1 in `left`, of those that the rules before it left over. */
function endpointRules(endpoint: string, left: number): readonly string[] {
  const hash = createHash('sha256').update(endpoint).digest('hex').slice(0, 16).toUpperCase()
  const chain = `KUBE-SEP-${hash}`
  const chance = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(11)} ` : ''
  return [
    `-N ${chain}`,
    `-A KUBE-SVC-WEBHTTPAAAAAAAAA -m comment --comment "default/web:http -> ${endpoint}:80" ${chance}-j ${chain}`,
    `-A ${chain} -s ${endpoint}/32 -m comment --comment "default/web:http" -j KUBE-MARK-MASQ`,
    `-A ${chain} -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination ${endpoint}:80`,
  ]
}

function masquerade({ podCidr, clusterCidr }: ServiceRules): readonly string[] {
  const rule = (match: string, target: string): string => `-A FLANNEL-POSTRTG ${match} -m comment --comment "flanneld masq" -j ${target}`
  return [
    rule('-m mark --mark 0x4000/0x4000', 'RETURN'),
    rule(`-s ${podCidr} -d ${clusterCidr}`, 'RETURN'),
    rule(`-s ${clusterCidr} -d ${podCidr}`, 'RETURN'),
    rule(`! -s ${clusterCidr} -d ${podCidr}`, 'RETURN'),
    rule(`-s ${clusterCidr} ! -d 224.0.0.0/4`, 'MASQUERADE --random-fully'),
    rule(`! -s ${clusterCidr} -d ${clusterCidr}`, 'MASQUERADE --random-fully'),
  ]
}
