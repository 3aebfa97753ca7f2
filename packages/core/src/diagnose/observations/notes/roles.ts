import type { Role } from '../observation.ts'
import type { Party } from './party.ts'

const TARGETS: readonly (readonly [RegExp, Role])[] = [
  [
    /\bcluster[- ]?ips?\b|\bservices?\b|\bsvcs?\b|\bvips?\b|\bvirtual ips?\b|\bapi[- ]?server\b|\bcore-?dns\b|\bkube-?dns\b|\bload ?balancers?\b|\blb ip\b/i,
    'service',
  ],
  [/\bpod[- ]?ips?\b|\bpods?\b|\bendpoints?\b/i, 'pod'],
  [/\bcontainers?\b/i, 'container'],
  [/\bnode[- ]?ports?\b|\bnode[- ]?ips?\b|\bnodes?\b|\bhosts?(?: ip)?\b|\bgateway\b|\bpublished ports?\b|\bpublic ip\b/i, 'node'],
  [/\binternet\b|\boutside\b|\bexternal(?:ly)?\b|\bgoogle\b|\b8\.8\.8\.8\b|\b1\.1\.1\.1\b|\boff-node\b/i, 'outside'],
]

/** What sort of place a phrase means: "Service IP", "pods on other nodes", "the internet". The first that stands in it. */
export function roleIn(phrase: string): Role | undefined {
  let best: { readonly at: number; readonly role: Role } | undefined
  for (const [pattern, role] of TARGETS) {
    const at = phrase.search(pattern)
    if (at >= 0 && (!best || at < best.at)) best = { at, role }
  }
  return best?.role
}

export function roleOfParty({ kind }: Party): Role | undefined {
  switch (kind) {
    case 'pod':
    case 'container':
    case 'outside':
      return kind
    case 'host':
      return 'node'
    default:
      return undefined
  }
}

/** "on the same node" or "across nodes", where it is said. */
export function sameNodeIn(text: string): boolean | undefined {
  if (
    /\b(?:an?)?other nodes?\b|\bdifferent (?:nodes?|hosts?)\b|\bcross[- ](?:node|host)\b|\bacross (?:nodes|hosts)\b|\boff-node\b|\bremote nodes?\b/i.test(
      text,
    )
  )
    return false
  return /\bsame[- ](?:node|host|machine)\b|\blocal(?:ly)? (?:pods?|node)\b|\bon-node\b/i.test(text) ? true : undefined
}
