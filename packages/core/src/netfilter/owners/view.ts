import type { Chain, IptablesRuleset, Rule, Table } from '../iptables/ast.ts'
import type { NftChain, NftRuleset, NftTable } from '../nft/ast.ts'

/** A ruleset as far as ownership needs it, the same for iptables and nftables. */
export interface TableView {
  readonly backend: 'iptables' | 'nft'
  /** ip, ip6, inet, bridge … */
  readonly family: string
  readonly name: string
  readonly file: string
  readonly line: number
  readonly chains: ReadonlyMap<string, ChainView>
  readonly sets: readonly { readonly name: string; readonly line: number }[]
  /** Rules that jump or go to each chain. */
  readonly callers: ReadonlyMap<string, readonly RuleView[]>
}

export interface ChainView {
  readonly name: string
  /** Of a chain that the kernel calls: PREROUTING …, or nft's hook. */
  readonly hook: string | undefined
  readonly priority: string | undefined
  readonly policy: string | undefined
  readonly rules: readonly RuleView[]
  readonly line: number
}

export interface RuleView {
  readonly chain: string
  readonly number: number
  /** As printed: `-A CHAIN …` or the nft line. */
  readonly text: string
  readonly comment: string | undefined
  /** Chains that it can send a packet to. */
  readonly jumps: readonly string[]
  readonly line: number
}

export const BUILTIN_CHAINS: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING', 'BROUTING'])

export function iptablesTables(ruleset: IptablesRuleset): readonly TableView[] {
  return ruleset.tables.map((table) => iptablesTable(table, ruleset))
}

function iptablesTable(table: Table, { family, file }: IptablesRuleset): TableView {
  return finish({ backend: 'iptables', family, name: table.name, file, line: table.line, sets: [] }, () =>
    [...table.chains.values()].map(iptablesChain),
  )
}

function iptablesChain(chain: Chain): ChainView {
  const hook = chain.policy !== undefined || BUILTIN_CHAINS.has(chain.name) ? chain.name : undefined
  let rules: readonly RuleView[] | undefined
  return {
    name: chain.name,
    hook,
    priority: undefined,
    policy: chain.policy,
    get rules() {
      rules ??= chain.rules.map(iptablesRule)
      return rules
    },
    line: chain.line,
  }
}

function iptablesRule({ chain, number, text, matches, target, line }: Rule): RuleView {
  const jumps = target?.kind === 'jump' || target?.kind === 'goto' ? [target.chain] : NONE
  return { chain, number, text, comment: commentOf(matches), jumps, line }
}

const NONE: readonly string[] = []

/** A rule may carry several comments (Calico's hash, then its words). */
function commentOf(matches: Rule['matches']): string | undefined {
  let text: string | undefined
  for (const match of matches) if (match.kind === 'comment') text = text === undefined ? match.text : `${text}; ${match.text}`
  return text
}

export function nftTables(ruleset: NftRuleset): readonly TableView[] {
  return ruleset.tables.map((table) => nftTable(table, ruleset.file))
}

function nftTable(table: NftTable, file: string): TableView {
  const maps = new Map(table.sets.map((set) => [set.name, chainsIn(set.elements, NO_MAPS)]))
  const sets = table.sets.map(({ name, line }) => ({ name, line }))
  return finish({ backend: 'nft', family: table.family, name: table.name, file, line: table.line, sets }, () =>
    table.chains.map((chain) => nftChain(chain, maps)),
  )
}

const NO_MAPS: ReadonlyMap<string, readonly string[]> = new Map()

function nftChain({ name, base, rules, line }: NftChain, maps: ReadonlyMap<string, readonly string[]>): ChainView {
  return {
    name,
    hook: base?.hook,
    priority: base?.priorityText,
    policy: base?.policy,
    rules: rules.map(({ number, text, comment, statements, line }) => ({
      chain: name,
      number,
      text,
      comment: comment ?? xtComment(text),
      jumps: chainsIn(statements, maps),
      line,
    })),
    line,
  }
}

/** iptables-nft's own tables as nft lists them keep iptables' comments in xt expressions. */
const xtComment = (text: string): string | undefined =>
  / --comment (?:"([^"]*)"|(\S+))/
    .exec(text)
    ?.slice(1)
    .find((part) => part !== undefined)

/** Chains that verdicts anywhere below a node name, also by way of a verdict map. */
function chainsIn(node: unknown, maps: ReadonlyMap<string, readonly string[]>): readonly string[] {
  if (Array.isArray(node)) return [...new Set(node.flatMap((item) => chainsIn(item, maps)))]
  if (node === null || typeof node !== 'object') return []
  const { kind, chain, name } = node as { kind?: unknown; chain?: unknown; name?: unknown }
  if (kind === 'verdict') return typeof chain === 'string' ? [chain] : []
  if (kind === 'set-reference') return typeof name === 'string' ? (maps.get(name) ?? []) : []
  return chainsIn(Object.values(node), maps)
}

/** A table of a hundred thousand rules is asked for one chain of them: nothing is made before it is asked for. */
function finish(table: Omit<TableView, 'chains' | 'callers'>, chainsOf: () => readonly ChainView[]): TableView {
  let chains: ReadonlyMap<string, ChainView> | undefined
  let callers: ReadonlyMap<string, readonly RuleView[]> | undefined
  return {
    ...table,
    get chains() {
      chains ??= new Map(chainsOf().map((chain) => [chain.name, chain]))
      return chains
    },
    get callers() {
      callers ??= callersIn(this.chains)
      return callers
    },
  }
}

function callersIn(chains: ReadonlyMap<string, ChainView>): ReadonlyMap<string, readonly RuleView[]> {
  const callers = new Map<string, RuleView[]>()
  for (const chain of chains.values())
    for (const rule of chain.rules)
      for (const target of rule.jumps) {
        const known = callers.get(target)
        if (known) known.push(rule)
        else callers.set(target, [rule])
      }
  return callers
}
