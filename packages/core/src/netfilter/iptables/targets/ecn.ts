import { alterPacket, PROTOCOL, TCP_FLAGS } from '../../../net/packet.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { words } from './values.ts'

/** What is left out stays as it is in the packet. */
export interface EcnTarget {
  readonly kind: 'ECN'
  readonly ece?: number | undefined
  readonly cwr?: number | undefined
  /** ECN codepoint of the IP header, 0 to 3. */
  readonly codepoint?: number | undefined
}

const withFlag = (flags: number, flag: number, value: number | undefined): number =>
  value === undefined ? flags : value ? flags | flag : flags & ~flag

/** ecn_tg(), ipt_ECN.c. */
export const ecn: TargetModule<EcnTarget> = {
  kind: 'ECN',
  options: { 'ecn-tcp-remove': 0, 'ecn-tcp-cwr': 1, 'ecn-tcp-ece': 1, 'ecn-ip-ect': 1 },
  read(given, { protocol }) {
    const options = new OptionReader(given)
    const removed = options.flag('ecn-tcp-remove') ? 0 : undefined
    const ece = options.number('ecn-tcp-ece', 1) ?? removed
    const cwr = options.number('ecn-tcp-cwr', 1) ?? removed
    const codepoint = options.number('ecn-ip-ect', 3)
    options.require((ece ?? cwr ?? codepoint) !== undefined, 'ECN needs something to change')
    options.require((ece ?? cwr) === undefined || protocol === PROTOCOL.tcp, 'ECN on TCP flags needs -p tcp')
    return options.finish({ kind: 'ECN', ece, cwr, codepoint })
  },
  print({ ece, cwr, codepoint }) {
    const tcp =
      ece === 0 && cwr === 0
        ? '--ecn-tcp-remove'
        : words(ece !== undefined && `--ecn-tcp-ece ${ece}`, cwr !== undefined && `--ecn-tcp-cwr ${cwr}`)
    return words(tcp, codepoint !== undefined && `--ecn-ip-ect ${codepoint}`)
  },
  act({ ece, cwr, codepoint }, { packet }) {
    const tos = codepoint === undefined ? packet.tos : (packet.tos & ~3) | codepoint
    const flags = packet.protocol === PROTOCOL.tcp ? withFlag(withFlag(packet.flags, TCP_FLAGS.ece, ece), TCP_FLAGS.cwr, cwr) : packet.flags
    return { kind: 'alter', packet: alterPacket(packet, { tos, flags }) }
  },
  explain: () => 'takes the ECN marks off it',
}
