import type { Packet } from '../../../net/packet.ts'
import type { MatchModule } from '../module.ts'
import { OptionReader, printOption } from './options.ts'

export interface PkttypeMatch {
  readonly kind: 'pkttype'
  readonly type: Packet['packetType']
  readonly negated: boolean
}

/** Printed name first; `host` and the like are taken too. */
const NAMES: readonly (readonly [Packet['packetType'], ...string[]])[] = [
  ['host', 'unicast', 'host'],
  ['broadcast', 'broadcast', 'bcast'],
  ['multicast', 'multicast', 'mcast'],
  ['otherhost', 'otherhost', 'another'],
  ['outgoing', 'outgoing'],
  ['loopback', 'loopback'],
]

/** What loopback stands for: pkttype_mt() does not test for it. */
const isMulticast = (address: number | bigint): boolean => (typeof address === 'number' ? address >>> 28 === 14 : address >> 120n === 0xffn)
const seen = ({ packetType, dst }: Packet): Packet['packetType'] =>
  packetType !== 'loopback' ? packetType : isMulticast(dst) ? 'multicast' : 'broadcast'

/** xt_pkttype.c, pkttype_mt(). */
export const pkttype: MatchModule<PkttypeMatch> = {
  kind: 'pkttype',
  options: { 'pkt-type': 1 },
  read(given) {
    const options = new OptionReader(given)
    const test = options.signed(['pkt-type'], (text = '') => {
      const found = NAMES.find(([, ...names]) => names.includes(text.toLowerCase()))
      return found && { type: found[0] }
    })
    options.require(test !== undefined, 'pkttype needs --pkt-type')
    return options.finish({ kind: 'pkttype', type: test?.type ?? 'host', negated: test?.negated ?? false })
  },
  print: (match) => printOption('pkt-type', match, ({ type }) => NAMES.find(([one]) => one === type)?.[1] ?? type) ?? '',
  decide: (match, { packet }) => (seen(packet) === match.type) !== match.negated,
  explain: (match) => `is ${match.negated ? 'not ' : ''}a link-layer ${match.type === 'host' ? 'unicast' : match.type}`,
}
