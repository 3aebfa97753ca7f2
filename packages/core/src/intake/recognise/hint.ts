import type { Format } from '../format.ts'

/** What the names of the bundle layout stand for. */
const NAMES: readonly (readonly [RegExp, Format])[] = [
  [
    /^ip6?tables(?:-legacy|-nft)?(?:-save)?(?:\.v[46])?\.(?:txt|rules|save)$|^ip6?tables(?:-legacy|-nft)?-save$|^rules\.v[46]$/,
    'iptables-save',
  ],
  [/^nft(?:-list-ruleset)?\.json$/, 'nft-json'],
  [/^nft(?:-list-ruleset)?\.txt$|^nftables\.conf$/, 'nft-text'],
  [/^ipset(?:-save|-list)?\.(?:txt|xml)$/, 'ipset'],
  [/^ip6?-addr(?:ess)?\b.*\.(?:json|txt)$/, 'ip-addr'],
  [/^ip6?-link\b.*\.(?:json|txt)$/, 'ip-link'],
  [/^ip6?-route\b.*\.(?:json|txt)$/, 'ip-route'],
  [/^ip6?-rule\b.*\.(?:json|txt)$/, 'ip-rule'],
  [/^ip6?-neigh\b.*\.(?:json|txt)$/, 'ip-neigh'],
  [/^bridge-link\b.*\.(?:json|txt)$/, 'bridge-link'],
  [/^bridge-fdb\b.*\.(?:json|txt)$/, 'bridge-fdb'],
  [/^ipvsadm\b.*\.txt$/, 'ipvsadm'],
  [/^(?:wg|wireguard)\b.*\.txt$/, 'wireguard'],
  [/^sysctl\b.*\.(?:txt|conf)$/, 'sysctl'],
  [/^ss\b.*\.txt$/, 'ss'],
  [/^(?:proc-net-)?(?:nf_)?conntrack\.(?:txt|xml)$|^nf_conntrack$/, 'conntrack'],
  [/^conntrack-count\b/, 'counters'],
  [/^subnet\.env$/, 'flannel-subnet'],
  [/^hosts$/, 'hosts'],
  [/^resolv\.conf$/, 'resolv.conf'],
  [/^hostname(?:\.txt)?$/, 'hostname'],
  [/\.conflist$/, 'cni-config'],
  [/^collect\.txt$/, 'collect-account'],
  [/^(?:lsmod|proc-modules)\.txt$/, 'modules'],
  [/^(?:getenforce|sestatus)\.txt$/, 'selinux'],
  [/^(?:timedatectl|chronyc|ntpq|date)\.txt$/, 'clock'],
  [/^systemctl\b.*\.txt$/, 'units'],
  [/^ps(?:-aux|-ef)?\.txt$/, 'processes'],
  [/^nmcli\b.*\.txt$/, 'network-manager'],
  [/\.log(?:\.\d+)?$|^(?:syslog|messages|kern|dmesg|journal)(?:\.txt)?$/, 'log'],
  [/\.(?:md|markdown|rst|adoc)$/, 'notes'],
]

/** The format that a file's name promises. Archives' suffixes are gone by now. */
export function hintOf(path: string): Format | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  const parent = folder.slice(folder.lastIndexOf('/') + 1)
  if (/\/rancher\/(?:k3s|rke2)\/config\.yaml$/.test(path)) return 'k3s-config'
  if (parent === 'docker') {
    if (/^images\b/.test(name)) return 'images'
    if (/^ps\b/.test(name)) return 'docker-ps'
    if (/^inspect\b/.test(name)) return 'docker-inspect'
    if (/^network/.test(name)) return 'docker-network'
    if (/^info\b/.test(name)) return 'docker-info'
    if (/^version\b/.test(name)) return 'docker-version'
  }
  if (parent === 'crictl') return /^images?\b/.test(name) ? 'images' : 'crictl'
  if (parent === 'cluster' && /\.(?:json|ya?ml)$/.test(name)) return 'kubernetes'
  if (parent === 'hosts' && name === 'hosts') return undefined
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? (parent === 'logs' ? 'log' : undefined)
}
