import type { Namespace } from '../model/namespace.ts'
import type { Family } from '../net/address.ts'
import type { IptablesRuleset, Rule } from '../netfilter/iptables/ast.ts'
import type { NftRuleset } from '../netfilter/nft/ast.ts'

/** Matches and targets whose checkentry calls nf_ct_netns_get(). */
const MATCHES: ReadonlySet<string> = new Set(['conntrack', 'state', 'connmark', 'connlimit', 'connbytes', 'connlabel', 'helper', 'cluster'])
const TARGETS: ReadonlySet<string> = new Set(['CONNMARK', 'CONNSECMARK', 'SNAT', 'DNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP', 'SYNPROXY'])

/**
 * Does anything in this namespace ask for connection tracking? Only then are its hooks registered, and only then are nat chains asked at all.
 * What was not understood, or not captured whole, may ask for it.
 */
export function usesConntrack(namespace: Namespace, family: Family): boolean {
  if (namespace.conntrack.length) return true
  return (
    namespace.iptables.some((ruleset) => ruleset.family === family && inIptables(ruleset)) ||
    namespace.nft.some((ruleset) => inNft(ruleset, family))
  )
}

function inIptables(ruleset: IptablesRuleset): boolean {
  if (!ruleset.complete) return true
  for (const table of ruleset.tables) for (const chain of table.chains.values()) if (chain.rules.some(asks)) return true
  return false
}

function asks({ matches, target, opaque }: Rule): boolean {
  if (opaque.length || matches.some((match) => MATCHES.has(match.kind))) return true
  if (!target) return false
  return target.kind === 'CT' ? !target.notrack : TARGETS.has(target.kind)
}

function inNft(ruleset: NftRuleset, family: Family): boolean {
  const tables = ruleset.tables.filter((table) => table.family === family || table.family === 'inet')
  return tables.some(
    (table) =>
      table.flowtables.length > 0 ||
      table.chains.some((chain) => chain.rules.some((rule) => rule.opaque.length > 0 || NFT_WORDS.test(withoutStrings(rule.text)))),
  )
}

const NFT_WORDS = /\b(ct|snat|dnat|masquerade|redirect|synproxy|xt)\b/
const withoutStrings = (text: string): string => text.replace(/"[^"]*"/g, '""')
