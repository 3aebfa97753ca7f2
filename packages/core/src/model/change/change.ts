import type { Link } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import type { Family } from '../../net/address.ts'

/** A namespace of a host; '' is the host's own. */
export interface Spot {
  readonly host: string
  readonly netns: string
}

/** A chain of a ruleset; `family` as nft names it, for iptables `ip` or `ip6`. */
export interface ChainSpot extends Spot {
  readonly family: string
  readonly table: string
  readonly chain: string
  /** Which ruleset, where several have such a chain (iptables-legacy beside iptables-nft). */
  readonly file?: string | undefined
}

/** A rule by its place: `rule` is 1-based, as --line-numbers counts. */
export interface RuleSpot extends ChainSpot {
  readonly rule: number
}

/** A route, a routing rule or a conntrack entry as the evidence shows it: all of a JSON output may stand on one line. */
export interface Shown {
  readonly source: Source
  /** Of a route or a routing rule. */
  readonly text?: string | undefined
}

/** What would be otherwise on a machine. Data only: the same for a suspect that is taken away, and for a step of a repair that is tried. */
export type Change =
  /** The rule that stands there in the evidence. */
  | { readonly kind: 'rule-removed'; readonly at: RuleSpot }
  /** `text` as the ruleset's own program writes it: `-A CHAIN …`, or an nft rule. `position` is 1-based; behind the last rule when left out. */
  | { readonly kind: 'rule-added'; readonly at: ChainSpot; readonly position?: number | undefined; readonly text: string }
  | { readonly kind: 'rule-replaced'; readonly at: RuleSpot; readonly text: string }
  | { readonly kind: 'policy'; readonly at: ChainSpot; readonly policy: 'ACCEPT' | 'DROP' }
  /** All tables of one program in one file: iptables-legacy's, say. */
  | { readonly kind: 'ruleset-removed'; readonly at: Spot; readonly file: string; readonly family: string }
  | {
      readonly kind: 'table-removed'
      readonly at: Spot & { readonly family: string; readonly table: string; readonly file?: string | undefined }
    }
  | { readonly kind: 'sysctl'; readonly at: Spot; readonly name: string; readonly value: string }
  /** A route as ip(8) writes it, `10.1.0.0/16 via 192.0.2.1 dev eth0 table 52`. */
  | { readonly kind: 'route-added'; readonly at: Spot; readonly text: string }
  | { readonly kind: 'route-removed'; readonly route: Shown }
  /** `5200: from all fwmark 0x1/0xff lookup 52` */
  | { readonly kind: 'routing-rule-added'; readonly at: Spot; readonly family: Family; readonly text: string }
  | { readonly kind: 'routing-rule-removed'; readonly rule: Shown }
  | { readonly kind: 'link'; readonly at: Spot; readonly device: string; readonly set: LinkSettings }
  | { readonly kind: 'link-removed'; readonly at: Spot; readonly device: string }
  /** `10.1.0.1/24` */
  | { readonly kind: 'address-added' | 'address-removed'; readonly at: Spot; readonly device: string; readonly address: string }
  | { readonly kind: 'neighbour-set'; readonly at: Spot; readonly device: string; readonly address: string; readonly mac: string }
  | { readonly kind: 'neighbour-removed'; readonly at: Spot; readonly device: string; readonly address: string }
  | { readonly kind: 'fdb-set'; readonly at: Spot; readonly device: string; readonly mac: string; readonly destination: string }
  | { readonly kind: 'fdb-removed'; readonly at: Spot; readonly device: string; readonly mac: string }
  | { readonly kind: 'conntrack-removed'; readonly entry: Shown }
  /** A process listens there: on every address when `address` is left out. */
  | {
      readonly kind: 'socket-added'
      readonly at: Spot
      readonly protocol: 'tcp' | 'udp'
      readonly port: number
      readonly address?: string | undefined
    }
  | { readonly kind: 'set-entry-added' | 'set-entry-removed'; readonly at: Spot; readonly set: string; readonly entry: string }

export interface LinkSettings {
  readonly up?: boolean | undefined
  readonly mtu?: number | undefined
  readonly hairpin?: boolean | undefined
  readonly master?: Link['master']
  readonly mac?: string | undefined
}
