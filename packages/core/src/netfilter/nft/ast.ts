import type { Note } from '../../facts/source.ts'

/** Placeholder root of the nftables tree; the nodes live beside it. */
export interface NftRuleset {
  readonly kind: 'nft'
  readonly file: string
  readonly notes: readonly Note[]
}
