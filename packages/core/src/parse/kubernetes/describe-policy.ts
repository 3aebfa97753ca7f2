import type { Line } from '../lines.ts'
import { pairsOf } from './describe-service.ts'
import type { KubernetesObject } from './object.ts'

interface Rule {
  readonly ports: object[]
  readonly peers: object[]
  /** `<any>`: whatever else stands there. */
  open: boolean
}

/** The NetworkPolicy that `kubectl describe networkpolicy` shows; undefined: a selector of it is one that this reader does not know. */
export function describedPolicy(name: string, namespace: string | undefined, lines: readonly Line[]): KubernetesObject | undefined {
  const texts = lines.map(({ text }) => text.trim())
  const selector = texts.map((text) => /^PodSelector:\s+(.*)$/.exec(text)?.[1]).find((text) => text !== undefined)
  const types = texts.map((text) => /^Policy Types?:\s+(.*)$/.exec(text)?.[1]).find((text) => text !== undefined)
  const podSelector = selectorOf(selector ?? '')
  if (selector === undefined || types === undefined || podSelector === undefined) return undefined
  const ingress = directionOf(texts, 'ingress')
  const egress = directionOf(texts, 'egress')
  if (ingress === 'unread' || egress === 'unread') return undefined
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: {
      podSelector,
      policyTypes: types.split(/,\s*/).filter((type) => type !== ''),
      ...(ingress && { ingress: ingress.map((rule) => toRule(rule, 'from')) }),
      ...(egress && { egress: egress.map((rule) => toRule(rule, 'to')) }),
    },
  }
}

const toRule = ({ ports, peers, open }: Rule, side: 'from' | 'to'): object => ({
  ...(ports.length > 0 && { ports }),
  ...(peers.length > 0 && !open && { [side]: peers }),
})

/** `app=web,tier=front`; `<none>` selects all pods; expressions (`app in (a,b)`) are not read. */
function selectorOf(text: string): object | undefined {
  const plain = text.replace(/\s*\(.*\)\s*$/, '').trim()
  if (plain === '' || plain === '<none>') return { matchLabels: {} }
  return /^[\w./-]+=[\w.-]*(?:,[\w./-]+=[\w.-]*)*$/.test(plain) ? { matchLabels: pairsOf(plain) } : undefined
}

function directionOf(texts: readonly string[], direction: 'ingress' | 'egress'): readonly Rule[] | undefined | 'unread' {
  const start = texts.indexOf(`Allowing ${direction} traffic:`)
  if (start < 0) return undefined
  const rules: Rule[] = []
  let rule: Rule | undefined
  for (const text of texts.slice(start + 1)) {
    if (/^(?:Allowing|Not affecting|Policy Types)/.test(text)) break
    if (/^<none>/.test(text)) return []
    if (/^-{5,}$/.test(text)) {
      rule = undefined
      continue
    }
    const port = /^To Port:\s+(?:(\S+)\/(\w+)|<any>)/.exec(text)
    const peers = /^(?:From|To):\s*(<any>)?/.exec(text)
    const pods = /^PodSelector:\s+(.*)$/.exec(text)?.[1]
    const namespaces = /^NamespaceSelector:\s+(.*)$/.exec(text)?.[1]
    const block = /^CIDR:\s+(\S+)/.exec(text)?.[1]
    if (!rule && (port || peers)) {
      rule = { ports: [], peers: [], open: false }
      rules.push(rule)
    }
    if (!rule) continue
    if (port?.[1] !== undefined) rule.ports.push({ port: /^\d+$/.test(port[1]) ? Number(port[1]) : port[1], protocol: port[2] })
    if (peers?.[1] !== undefined) rule.open = true
    const podSelector = pods === undefined ? undefined : selectorOf(pods)
    const namespaceSelector = namespaces === undefined ? undefined : selectorOf(namespaces)
    if ((pods !== undefined && !podSelector) || (namespaces !== undefined && !namespaceSelector)) return 'unread'
    if (podSelector && Object.keys(rule.peers.at(-1) ?? {}).join() === 'namespaceSelector')
      Object.assign(rule.peers.at(-1) as object, { podSelector })
    else if (podSelector) rule.peers.push({ podSelector })
    if (namespaceSelector) rule.peers.push({ namespaceSelector })
    if (block !== undefined) rule.peers.push({ ipBlock: { cidr: block } })
  }
  return rules
}
