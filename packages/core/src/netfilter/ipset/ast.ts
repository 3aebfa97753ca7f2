import type { Source } from '../../facts/source.ts'

/** One `add` line. `element` is its text as ipset prints it; `parts` are the comma-separated dimensions. */
export interface IpsetEntry {
  readonly element: string
  readonly parts: readonly string[]
  readonly nomatch: boolean
  /** hash:net,iface: the interface name is a prefix. */
  readonly wildcard?: boolean
  /** seconds left; 0: permanent */
  readonly timeout?: number
  readonly packets?: number
  readonly bytes?: number
  readonly comment?: string
  readonly skbmark?: string
  readonly skbprio?: string
  readonly skbqueue?: string
  readonly text: string
  readonly line: number
}

export interface Ipset {
  readonly kind: 'ipset'
  readonly name: string
  /** `hash:ip,port`, `bitmap:port`, `list:set`, … */
  readonly type: string
  readonly family: 'inet' | 'inet6' | undefined
  /** create's options in order: [`hashsize`, `1024`], [`counters`]. */
  readonly options: readonly (readonly string[])[]
  readonly entries: readonly IpsetEntry[]
  /** false: the list was cut (`ipset list -t`), so that absence proves nothing. */
  readonly complete: boolean
  readonly text: string
  readonly source: Source
}
