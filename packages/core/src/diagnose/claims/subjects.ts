import type { CauseId } from '../causes/ids.ts'

/** Whom notes accuse or clear, and the causes that say the same. */
export interface Subject {
  readonly name: string
  readonly pattern: RegExp
  readonly causes: readonly CauseId[]
}

export const SUBJECTS: readonly Subject[] = [
  { name: 'Calico', pattern: /\bcalico\b|\bcali-\w|\bfelix\b|\bglobalnetworkpolic/i, causes: ['policy.calico', 'policy.kubernetes'] },
  { name: 'Cilium', pattern: /\bcilium\b/i, causes: ['policy.kubernetes', 'service.proxy-conflict'] },
  { name: 'kube-router', pattern: /\bkube-?router\b/i, causes: ['policy.kubernetes', 'policy.stale'] },
  { name: 'NetworkPolicy', pattern: /\bnetwork ?polic(?:y|ies)\b|\bnetpols?\b/i, causes: ['policy.kubernetes', 'policy.stale'] },
  { name: 'kube-proxy', pattern: /\bkube-?proxy\b|\bservice proxy\b/i, causes: ['service.proxy-stale', 'service.proxy-conflict'] },
  { name: 'firewalld', pattern: /\bfirewalld\b|\bfirewall-cmd\b/i, causes: ['filter.firewalld-zone'] },
  { name: 'ufw', pattern: /\bufw\b/i, causes: ['filter.ufw'] },
  { name: 'DOCKER-USER', pattern: /\bDOCKER-USER\b/, causes: ['filter.docker-user'] },
  {
    name: "Docker's isolation",
    pattern: /\bDOCKER-ISOLATION|\bdocker(?:'s)? (?:network )?isolation\b/i,
    causes: ['filter.docker-isolation'],
  },
  { name: 'DNS', pattern: /\bdns\b|\bcore-?dns\b|\bname resolution\b|\bresolv\.conf\b/i, causes: ['dns.unreachable', 'dns.config'] },
  { name: 'Traefik', pattern: /\btraefik\b|\bservice ?lb\b|\bklipper\b|\bingress\b/i, causes: ['nat.hijack', 'nat.hostport'] },
  { name: 'hostPort', pattern: /\bhost ?ports?\b|\bportmap\b|\bCNI-HOSTPORT/i, causes: ['nat.hostport', 'nat.hijack'] },
  {
    name: 'Service configuration',
    pattern: /\bservice (?:mis)?config\w*|\btarget ?ports?\b|\bselectors?\b/i,
    causes: ['service.target-port', 'service.selector', 'service.port'],
  },
  { name: 'endpoints', pattern: /\bendpoints?(?: ?slices?)?\b/i, causes: ['service.no-endpoints'] },
  { name: 'MTU', pattern: /\bmtu\b|\bfragment/i, causes: ['host.mtu'] },
  { name: 'conntrack', pattern: /\bconntrack\b|\bconnection tracking\b/i, causes: ['conntrack.full', 'conntrack.stale'] },
  { name: 'rp_filter', pattern: /\brp_?filter\b|\breverse[- ]path\b/i, causes: ['route.rp-filter'] },
  { name: 'ip_forward', pattern: /\bip_forward(?:ing)?\b|\bip forwarding\b/i, causes: ['host.forwarding-off'] },
  { name: 'br_netfilter', pattern: /\bbr_netfilter\b|\bbridge-nf\b/i, causes: ['host.bridge-netfilter'] },
  { name: 'masquerading', pattern: /\bmasquerad\w+\b|\bsnat\b/i, causes: ['nat.masquerade-missing', 'nat.masquerade-extra'] },
  { name: 'hairpin', pattern: /\bhairpin\b/i, causes: ['nat.hairpin'] },
  { name: 'VPN', pattern: /\btailscale\b|\bwireguard\b|\bvpn\b|\bopenvpn\b|\bzerotier\b/i, causes: ['route.overlap', 'route.policy-rule'] },
  {
    name: 'overlay',
    pattern: /\bflannel\b|\bvxlan\b|\boverlay\b|\bweave\b|\bgeneve\b|\bipip\b/i,
    causes: ['overlay.blocked', 'overlay.endpoint'],
  },
  { name: 'routing', pattern: /\brout(?:es?|ing)\b(?! table nat)/i, causes: ['route.missing', 'route.wrong', 'route.overlap'] },
  { name: 'SELinux', pattern: /\bselinux\b|\bapparmor\b|\bsecurity context\b/i, causes: ['host.selinux'] },
  {
    name: 'FORWARD',
    pattern: /(?<![\w-])FORWARD\b|\bforward (?:chain|policy)\b/,
    causes: ['filter.forward-policy', 'filter.forward-rule'],
  },
  { name: 'INPUT', pattern: /(?<![\w-])INPUT\b/, causes: ['filter.input-rule'] },
  { name: 'raw', pattern: /\braw (?:table|rules?)\b|\bmangle\b/i, causes: ['filter.raw-drop'] },
  {
    name: 'iptables',
    pattern: /\biptables\b|\bnftables\b|\bnetfilter\b|\bfirewalls?\b/i,
    causes: ['filter.forward-rule', 'filter.input-rule', 'filter.forward-policy'],
  },
  { name: 'Docker', pattern: /\bdocker\b/i, causes: ['filter.docker-isolation', 'filter.forward-policy', 'nat.rules-flushed'] },
  {
    name: 'Kubernetes',
    pattern: /\bkubernetes\b|\bk8s\b|\bk3s\b|\bmicrok8s\b|\brke2?\b/i,
    causes: ['policy.kubernetes', 'service.proxy-stale'],
  },
  {
    name: 'application',
    pattern: /\bapp(?:lication)?s?\b|\bprocess\b|\bserver itself\b/i,
    causes: ['app.not-listening', 'app.crash', 'app.loopback-only'],
  },
]

/** All that a text names, the ones that say most first. */
export const subjectsIn = (text: string): readonly Subject[] => SUBJECTS.filter(({ pattern }) => pattern.test(text))
