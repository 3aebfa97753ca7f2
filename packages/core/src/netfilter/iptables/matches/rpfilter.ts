import type { Decision } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { MatchModule } from '../module.ts'
import { signed } from './decide.ts'
import { OptionReader, words } from './options.ts'

export interface RpfilterMatch {
  readonly kind: 'rpfilter'
  readonly loose: boolean
  readonly validMark: boolean
  readonly acceptLocal: boolean
  readonly invert: boolean
}

const LOOPBACK = 'lo'
/** First ten bits of fe80::/10 */
const LINK_LOCAL = 0x3fan
const isMulticast4 = (address: number): boolean => address >>> 28 === 14
const isLocalMulticast4 = (address: number): boolean => address >>> 8 === 0xe00000
const BROADCAST4 = 0xffffffff

/** Holds without a look-up: loopback, and a host that has no address yet. */
function exempt({ packet, iif }: Scene): boolean {
  if (packet.packetType === 'loopback' || iif === LOOPBACK) return true
  const { src, dst } = packet
  if (typeof src === 'bigint') return src === 0n
  return src >>> 24 === 0 && typeof dst === 'number' && (dst === BROADCAST4 || isLocalMulticast4(dst))
}

/** rpfilter_get_saddr(): an answer to a packet for many cannot come from that address. */
function replySource({ dst }: Scene['packet']): number | bigint {
  if (typeof dst === 'bigint') return dst >> 120n === 0xffn ? 0n : dst
  return isMulticast4(dst) || dst === BROADCAST4 || dst >>> 24 === 0 ? 0 : dst
}

/** rpfilter_lookup_reverse(), rpfilter_lookup_reverse6(). */
function reversed(match: RpfilterMatch, scene: Scene): Decision {
  const { packet, iif } = scene
  const query = {
    src: replySource(packet),
    dst: packet.src,
    iif: LOOPBACK,
    mark: match.validMark ? packet.mark : 0,
    tos: packet.tos & 0x1e,
    // fl6.flowi6_proto; IPv4's look-up has none
    ...(packet.family === 'ip6' ? { protocol: packet.protocol } : {}),
  }
  const bound = typeof packet.src === 'bigint' && (!match.loose || packet.src >> 118n === LINK_LOCAL)
  const route = scene.fib.lookup(bound ? { ...query, oif: iif } : query)
  if (route === undefined) return false
  if ('kind' in route) return route
  const reachable = route.type === 'UNICAST' || (route.type === 'LOCAL' && match.acceptLocal)
  return reachable && (match.loose || route.device === iif)
}

/** xt_rpfilter: ipt_rpfilter.c, rpfilter_mt(). */
export const rpfilter: MatchModule<RpfilterMatch> = {
  kind: 'rpfilter',
  options: { loose: 0, validmark: 0, 'accept-local': 0, invert: 0 },
  read(given) {
    const options = new OptionReader(given)
    return options.finish({
      kind: 'rpfilter',
      loose: options.flag('loose'),
      validMark: options.flag('validmark'),
      acceptLocal: options.flag('accept-local'),
      invert: options.flag('invert'),
    })
  },
  print: (match) =>
    words(match.loose && '--loose', match.validMark && '--validmark', match.acceptLocal && '--accept-local', match.invert && '--invert'),
  decide: (match, scene) => signed(exempt(scene) || reversed(match, scene), match.invert),
  explain: (match) =>
    `${match.invert ? 'fails' : 'passes'} the reverse path test: an answer would ${match.loose ? 'find a route' : 'leave by the interface it came in by'}`,
}
