import { type MatchModule, problem } from '../module.ts'
import { unknown } from './decide.ts'

export interface Eui64Match {
  readonly kind: 'eui64'
}

/** The interface identifier that a MAC gives (RFC 4291, appendix A), as a number. */
function identifier(mac: string): bigint {
  const bytes = mac.split(':').map((part) => Number.parseInt(part, 16))
  const [first = 0, ...rest] = bytes
  const all = [first ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)]
  return all.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** ip6t_eui64.c, eui64_mt6(). */
export const eui64: MatchModule<Eui64Match> = {
  kind: 'eui64',
  options: {},
  read: (given) => (given.length > 0 ? problem('eui64 takes no options') : { kind: 'eui64' }),
  print: () => '',
  decide(_match, { packet }) {
    if (packet.sourceMac === undefined) return unknown('the link-layer address of the sender is not known', 'ip-neigh.json')
    return typeof packet.src === 'bigint' && (packet.src & 0xffffffffffffffffn) === identifier(packet.sourceMac)
  },
  explain: () => 'has a source address made from its MAC address',
}
