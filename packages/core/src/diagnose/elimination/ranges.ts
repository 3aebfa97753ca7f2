/** A network that a line of notes gives to somebody: `172.17.0.0/16  # docker0 bridge`, `Pod CIDR: 10.42.0.0/16`. */
export interface NamedRange {
  readonly prefix: string
  readonly owner: string
  readonly kind: 'pods' | 'services' | 'docker' | 'nodes' | 'vpn'
}

const KINDS: readonly (readonly [RegExp, NamedRange['kind'], string])[] = [
  [/\bservice[- ]?(?:cluster[- ]?)?(?:cidr|range|subnet|network|ips?)\b|\bcluster[- ]?ips?\b/i, 'services', 'the Services'],
  [/\bpods?[- ]?(?:network[- ]?)?(?:cidr|range|subnet|network|ips?)\b|\bcluster[- ]?cidr\b|\bcni\d\b/i, 'pods', 'the pods'],
  [/\bdocker\d?\b|\bcontainers?\b|\bcompose\b/i, 'docker', 'Docker'],
  [/\btailscale\w*\b|\bvpn\b|\bwireguard\b|\bwg\d\b/i, 'vpn', 'the VPN'],
  [/\bnodes?\b|\blan\b|\bhosts?\b/i, 'nodes', 'the nodes'],
]

/** Reads such a line; undefined: it names no network, or not whose. */
export function prefixText(line: string): NamedRange | undefined {
  const prefix = /(?:^|[\s("'`=:,])((?:\d{1,3}\.){3}\d{1,3}\/\d{1,2})\b/.exec(line)?.[1]
  if (prefix === undefined || /(?:^|\s)(?:-A|-s|-d|dev|via|inet)\s/.test(line)) return undefined
  for (const [pattern, kind, owner] of KINDS) if (pattern.test(line)) return { prefix, kind, owner }
  return undefined
}
