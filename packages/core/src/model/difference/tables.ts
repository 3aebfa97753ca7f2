import type { IptablesRuleset, Table } from '../../netfilter/iptables/ast.ts'
import type { NftChain, NftRuleset, NftTable } from '../../netfilter/nft/ast.ts'
import type { Namespace } from '../namespace.ts'
import { canonicalNftRule, canonicalRule } from './canonical.ts'
import type { ChainLines, TableLines } from './rules.ts'

/** The tables of one namespace by program and family; a program that the evidence does not show is not there. */
export type Programs = ReadonlyMap<string, ReadonlyMap<string, TableLines>>

/** Where iptables-save shows a table of iptables-nft, nft's view of it is left out. */
export function programsOf({ iptables, nft, evidence }: Namespace): Programs {
  const programs = new Map<string, Map<string, TableLines>>()
  for (const ruleset of iptables) {
    const tables = inMap(programs, `${backendOf(ruleset)} ${ruleset.family}`)
    for (const table of ruleset.tables) if (!tables.has(table.name)) tables.set(table.name, iptablesLines(table, ruleset))
  }
  if (!evidence.has('nft')) return programs
  const native = inMap(programs, 'nft')
  for (const ruleset of nft)
    for (const table of nativeTables(ruleset, iptables)) native.set(`${table.family} ${table.name}`, nftLines(table, ruleset.file))
  return programs
}

function inMap(programs: Map<string, Map<string, TableLines>>, key: string): Map<string, TableLines> {
  const known = programs.get(key) ?? new Map<string, TableLines>()
  programs.set(key, known)
  return known
}

/** Tables of nft's own list that iptables-save does not show, or would not. */
export const nativeTables = (ruleset: NftRuleset, iptables: readonly IptablesRuleset[]): readonly NftTable[] =>
  ruleset.tables.filter(
    ({ family, name }) =>
      !iptables.some((saved) => saved.backend !== 'legacy' && saved.family === family && saved.tables.some((table) => table.name === name)),
  )

/** iptables-nft keeps its tables under these names: only iptables-save tells them whole. */
export const isOfIptables = (key: string): boolean => /^ip6? (?:filter|nat|mangle|raw|security)$/.test(key)

const backendOf = ({ backend }: IptablesRuleset): 'iptables' | 'iptables-legacy' => (backend === 'legacy' ? 'iptables-legacy' : 'iptables')

function iptablesLines(table: Table, ruleset: IptablesRuleset): TableLines {
  const { family, file } = ruleset
  const chains = new Map<string, ChainLines>()
  for (const [name, chain] of table.chains)
    chains.set(name, {
      name,
      policy: chain.policy,
      source: { file, line: chain.line },
      get rules() {
        return chain.rules.map((rule) => ({
          text: rule.text,
          number: rule.number,
          line: rule.line,
          canonical: () => canonicalRule(rule, family),
        }))
      },
    })
  return { backend: backendOf(ruleset), family, name: table.name, file, chains }
}

function nftLines(table: NftTable, file: string): TableLines {
  const chains = new Map(
    table.chains.filter(({ implicit }) => !implicit).map((chain): [string, ChainLines] => [chain.name, nftChainLines(chain, file)]),
  )
  return { backend: 'nft', family: table.family, name: table.name, file, chains }
}

const nftChainLines = (chain: NftChain, file: string): ChainLines => ({
  name: chain.name,
  policy: baseText(chain),
  source: { file, line: chain.line },
  rules: chain.rules.map((rule) => ({
    text: rule.text,
    number: rule.number,
    line: rule.line,
    canonical: () => canonicalNftRule(rule),
  })),
})

function baseText({ base, flags }: NftChain): string | undefined {
  if (!base) return undefined
  const devices = base.devices.length > 0 ? ` devices ${base.devices.join(',')}` : ''
  return `type ${base.type} hook ${base.hook} priority ${base.priority}${devices} policy ${base.policy ?? 'accept'}${flags.length > 0 ? ` flags ${flags.join(',')}` : ''}`
}
