import type { Document } from '../../intake/document.ts'
import type { Rule } from '../../netfilter/iptables/ast.ts'
import { SUBJECTS } from './subjects.ts'

/** Chains that a program's rules of a base chain jump to. */
const CHAINS_OF: Readonly<Record<string, RegExp>> = {
  Calico: /^cali-/,
  Kubernetes: /^KUBE-/,
  'kube-proxy': /^KUBE-(?!ROUTER|NWPLCY|POD-FW)/,
  'kube-router': /^KUBE-(?:ROUTER|NWPLCY|POD-FW)/,
  Docker: /^DOCKER/,
  'DOCKER-USER': /^DOCKER-USER$/,
  firewalld: /^(?:FWD|IN|OUT)_|_(?:ZONES|direct)$/,
  ufw: /^ufw-/,
  Cilium: /^CILIUM/,
}

/** "Calico intercepts everything before Docker can route it": Calico is said to come before Docker. */
export function ordersClaimed(text: string): readonly { readonly first: string; readonly second: string }[] {
  const [left, right] = text.split(/\bbefore\b|\bahead of\b|\bearlier than\b/i)
  if (left === undefined || right === undefined) return []
  const firsts = namesIn(left)
  return firsts.flatMap((first) => namesIn(right).flatMap((second) => (first === second ? [] : [{ first, second }])))
}

const namesIn = (text: string): readonly string[] =>
  SUBJECTS.filter(({ name, pattern }) => Object.hasOwn(CHAINS_OF, name) && pattern.test(text)).map(({ name }) => name)

interface Placed {
  readonly rule: Rule
  readonly file: string
}

/** The rules of one base chain that jump to the chains of both; undefined: no listing shows both. */
export function chainOrder(
  documents: readonly Document[],
  first: string,
  second: string,
): { readonly first: Placed; readonly second: Placed } | undefined {
  for (const { content, file } of documents) {
    if (content.kind !== 'iptables') continue
    for (const { chains } of content.ruleset.tables)
      for (const name of ['FORWARD', 'INPUT', 'OUTPUT', 'PREROUTING', 'POSTROUTING']) {
        const rules = chains.get(name)?.rules ?? []
        const jumpTo = (owner: string) => rules.find(({ target }) => target?.kind === 'jump' && CHAINS_OF[owner]?.test(target.chain))
        const a = jumpTo(first)
        const b = jumpTo(second)
        if (a && b) return { first: { rule: a, file }, second: { rule: b, file } }
      }
  }
  return undefined
}
