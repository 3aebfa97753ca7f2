/** A dimension of a set, as `src` or `dst` of `-m set` picks it. */
export type Dimension = 'ip' | 'net' | 'port' | 'any-port' | 'mac' | 'mark' | 'iface'

/** A set type as `struct ip_set_type` describes it. */
export interface SetType {
  readonly dimensions: readonly Dimension[]
  /** Types without a family take packets of both (NFPROTO_UNSPEC). */
  readonly family: 'inet' | 'either' | 'neutral'
  /** IPSET_TYPE_NOMATCH: elements can be exceptions. */
  readonly nomatch: boolean
}

const type = (dimensions: readonly Dimension[], family: SetType['family'] = 'either'): SetType => ({
  dimensions,
  family,
  nomatch: dimensions.includes('net'),
})

const TYPES: ReadonlyMap<string, SetType> = new Map([
  ['bitmap:ip', type(['ip'], 'inet')],
  ['bitmap:ip,mac', type(['ip', 'mac'], 'inet')],
  ['bitmap:port', type(['any-port'], 'neutral')],
  ['hash:ip', type(['ip'])],
  ['hash:mac', type(['mac'], 'neutral')],
  ['hash:ip,mac', type(['ip', 'mac'])],
  ['hash:ip,mark', type(['ip', 'mark'])],
  ['hash:ip,port', type(['ip', 'port'])],
  ['hash:ip,port,ip', type(['ip', 'port', 'ip'])],
  ['hash:ip,port,net', type(['ip', 'port', 'net'])],
  ['hash:net', type(['net'])],
  ['hash:net,net', type(['net', 'net'])],
  ['hash:net,port', type(['net', 'port'])],
  ['hash:net,port,net', type(['net', 'port', 'net'])],
  ['hash:net,iface', type(['net', 'iface'])],
])

/** undefined for `list:set`, which has no dimensions of its own, and for types that culprit does not know. */
export const setType = (name: string): SetType | undefined => TYPES.get(name)

/** Type names of ipset 4, which scripts still carry (`ipset -N foo iphash`; lib/ipset_*.c lists the aliases). */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['ipmap', 'bitmap:ip'],
  ['macipmap', 'bitmap:ip,mac'],
  ['portmap', 'bitmap:port'],
  ['iphash', 'hash:ip'],
  ['iptree', 'hash:ip'],
  ['iptreemap', 'hash:ip'],
  ['nethash', 'hash:net'],
  ['ipporthash', 'hash:ip,port'],
  ['ipportiphash', 'hash:ip,port,ip'],
  ['ipportnethash', 'hash:ip,port,net'],
  ['netporthash', 'hash:net,port'],
  ['netifacehash', 'hash:net,iface'],
  ['machash', 'hash:mac'],
  ['setlist', 'list:set'],
])

export const typeName = (written: string): string => ALIASES.get(written) ?? written
