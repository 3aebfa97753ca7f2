import type { Namespace } from '../../../model/namespace.ts'
import type { Cluster } from './cluster.ts'
import { hidesAddresses } from './tokens.ts'

/** Rules that look for sockets: which there are is not compared. */
const SOCKETS = /\b(?:REDIRECT|TPROXY|redirect|tproxy|socket)\b/

/** A resident's own rules are rarely more than none. Whoever has some is told by their text, and alone where they name addresses. */
export function residentRules(cluster: Cluster, namespace: Namespace, id: number): string {
  const texts = [
    ...namespace.iptables.flatMap((ruleset) =>
      ruleset.tables.flatMap((table) =>
        [...table.chains.values()].flatMap((chain) => [`${chain.name} ${chain.policy}`, ...chain.rules.map((rule) => rule.text)]),
      ),
    ),
    ...namespace.nft.flatMap((ruleset) =>
      ruleset.tables.flatMap((table) => [
        ...table.sets.map((set) => `set ${set.name} ${id}`),
        ...table.chains.flatMap((chain) => [`${chain.name} ${chain.base?.policy}`, ...chain.rules.map((rule) => rule.text)]),
      ]),
    ),
    ...namespace.ipsets.map(() => `set ${id}`),
    ...(namespace.virtualServices?.length ? [`services ${id}`] : []),
  ]
  const naming = cluster.naming((cluster.directory.residents[id] as { readonly node: number }).node)
  const told = texts.map((text) => naming.text(text))
  const itself = [...naming.residents].every((resident) => resident === id)
  const plain = itself && naming.nodes.size === 0 && !texts.some((text) => hidesAddresses(text) || SOCKETS.test(text))
  // Whom one resident's rules name, nobody stands in for.
  for (const resident of naming.residents) if (resident !== id) cluster.irregularResidents.add(resident)
  return plain ? told.join('\n') : `rules of ${id}`
}
