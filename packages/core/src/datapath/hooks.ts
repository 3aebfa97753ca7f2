import type { Namespace } from '../model/namespace.ts'
import type { Family } from '../net/address.ts'
import type { IptablesRuleset } from '../netfilter/iptables/ast.ts'
import type { NftRuleset, NftTable } from '../netfilter/nft/ast.ts'
import type { Hook } from '../netfilter/scene.ts'
import { compileIptables } from './compile-iptables.ts'
import { compileNft } from './compile-nft.ts'
import { usesConntrack } from './conntrack-use.ts'
import type { BaseChain, NetfilterBackend } from './program.ts'

/** NF_IP_PRI_CONNTRACK, NF_IP_PRI_NAT_DST, NF_IP_PRI_NAT_SRC. */
const CONNTRACK_PRIORITY = -200
const NAT_PRIORITY: Readonly<Partial<Record<Hook, { readonly priority: number; readonly side: 'source' | 'destination' }>>> = {
  prerouting: { priority: -100, side: 'destination' },
  output: { priority: -100, side: 'destination' },
  input: { priority: 100, side: 'source' },
  postrouting: { priority: 100, side: 'source' },
}

/** What a packet meets at a hook, in the kernel's order. */
export type Station =
  | { readonly kind: 'chain'; readonly base: BaseChain }
  | { readonly kind: 'conntrack' }
  /** nf_nat_inet_fn(): all nat chains of a hook are asked at this one place, in the order of their own priorities. */
  | { readonly kind: 'nat'; readonly side: 'source' | 'destination'; readonly chains: readonly BaseChain[] }

/** One register of hooks (decision 3 of the design): every backend's chains by priority. */
export interface HookRegister {
  stations(family: Family, hook: Hook): readonly Station[]
  /** Chains of different programs hang at one priority, and the evidence does not tell which came first. */
  readonly ambiguous: boolean
  /** No rules of this family at all: conntrack and NAT change nothing that could be seen. */
  isEmpty(family: Family): boolean
}

/** Where the evidence does not tell who registered first: was it iptables-legacy, or nft? */
export type Precedence = 'legacy-first' | 'nft-first'

export function buildHooks(namespace: Namespace, precedence: Precedence): HookRegister {
  const tracks = { ip: usesConntrack(namespace, 'ip'), ip6: usesConntrack(namespace, 'ip6') }
  const byFamily = { ip: chainsOf(namespace, 'ip', precedence), ip6: chainsOf(namespace, 'ip6', precedence) }
  const built = { ip: new Map<Hook, readonly Station[]>(), ip6: new Map<Hook, readonly Station[]>() }
  return {
    ambiguous: isAmbiguous(byFamily.ip) || isAmbiguous(byFamily.ip6),
    isEmpty: (family) => byFamily[family].length === 0,
    stations(family, hook) {
      let stations = built[family].get(hook)
      if (!stations) {
        stations = stationsOf(byFamily[family], hook, tracks[family])
        built[family].set(hook, stations)
      }
      return stations
    },
  }
}

interface Hooked {
  readonly hook: Hook
  readonly base: BaseChain
}

function chainsOf(namespace: Namespace, family: Family, precedence: Precedence): readonly Hooked[] {
  const rulesets = namespace.iptables.filter((ruleset) => ruleset.family === family)
  const nftTables = namespace.nft.flatMap((ruleset) => ruleset.tables)
  const offset = precedence === 'legacy-first' ? -1 : 1_000_000
  const iptables = rulesets.flatMap((ruleset) => {
    const backend = backendOf(ruleset, nftTables)
    return compileIptables(ruleset, backend, (table) =>
      backend === 'iptables-legacy' ? offset : nftTables.findIndex((other) => other.family === family && other.name === table) * 1000,
    )
  })
  const covered = (table: NftTable) =>
    rulesets.some((ruleset) => backendOf(ruleset, nftTables) === 'iptables-nft' && isTwin(table, ruleset))
  const nft = namespace.nft.flatMap((ruleset: NftRuleset) => compileNft(ruleset, family, covered))
  return [...iptables, ...nft]
}

/** An iptables-nft table shows in `nft list ruleset` as well, in nft's words; iptables-save tells it better. */
function isTwin(table: NftTable, ruleset: IptablesRuleset): boolean {
  const twin = table.family === ruleset.family ? ruleset.tables.find((other) => other.name === table.name) : undefined
  return twin !== undefined && table.chains.some((chain) => chain.base !== undefined && twin.chains.has(chain.name))
}

function backendOf(ruleset: IptablesRuleset, nftTables: readonly NftTable[]): NetfilterBackend {
  if (ruleset.backend === 'legacy') return 'iptables-legacy'
  if (ruleset.backend === 'nft') return 'iptables-nft'
  return nftTables.length === 0 || nftTables.some((table) => isTwin(table, ruleset)) ? 'iptables-nft' : 'iptables-legacy'
}

/** nf_hook_entries_grow(): by priority; at the same priority the chain that was registered later runs first. */
function inOrder(chains: readonly BaseChain[]): readonly BaseChain[] {
  return [...chains].sort((a, b) => a.priority - b.priority || b.order - a.order)
}

function stationsOf(hooked: readonly Hooked[], hook: Hook, tracks: boolean): readonly Station[] {
  const chains = hooked.filter((entry) => entry.hook === hook).map((entry) => entry.base)
  const placed: { priority: number; order: number; station: Station }[] = chains
    .filter((base) => base.type !== 'nat')
    .map((base) => ({ priority: base.priority, order: base.order, station: { kind: 'chain', base } }))
  // The kernel's own hooks of conntrack and NAT came with the first nat chain, at whichever hook (nf_nat_register_fn).
  const order = Math.min(...hooked.filter(({ base }) => base.type === 'nat').map(({ base }) => base.order))
  if (tracks && (hook === 'prerouting' || hook === 'output'))
    placed.push({ priority: CONNTRACK_PRIORITY, order, station: { kind: 'conntrack' } })
  const nat = NAT_PRIORITY[hook]
  if (tracks && nat && Number.isFinite(order))
    placed.push({
      priority: nat.priority,
      order,
      station: { kind: 'nat', side: nat.side, chains: inOrder(chains.filter((base) => base.type === 'nat')) },
    })
  return placed.sort((a, b) => a.priority - b.priority || b.order - a.order).map((entry) => entry.station)
}

function isAmbiguous(chains: readonly Hooked[]): boolean {
  const legacy = chains.filter(({ base }) => base.backend === 'iptables-legacy' && base.chain.length + Number(base.policy !== 'accept') > 0)
  return legacy.some(({ hook, base }) =>
    chains.some((other) => other.hook === hook && other.base.backend !== 'iptables-legacy' && other.base.priority === base.priority),
  )
}
