import { PROTOCOL, TCP_FLAGS } from '../../../net/packet.ts'
import { CONTINUE } from '../../action.ts'
import { OptionReader, U8, U16 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { words } from './values.ts'

export interface SynproxyTarget {
  readonly kind: 'SYNPROXY'
  readonly sackPermitted: boolean
  readonly timestamp: boolean
  readonly windowScale?: number | undefined
  readonly mss?: number | undefined
  readonly ecn: boolean
}

const { fin, syn, rst, ack } = TCP_FLAGS

/** synproxy_tg4(), ipt_SYNPROXY.c: it answers a first SYN itself, and takes the ACK that carries its cookie. */
export const synproxy: TargetModule<SynproxyTarget> = {
  kind: 'SYNPROXY',
  options: { 'sack-perm': 0, timestamp: 0, wscale: 1, mss: 1, ecn: 0 },
  read(given, { protocol }) {
    const options = new OptionReader(given)
    options.require(protocol === PROTOCOL.tcp, 'SYNPROXY needs -p tcp')
    return options.finish({
      kind: 'SYNPROXY',
      sackPermitted: options.flag('sack-perm'),
      timestamp: options.flag('timestamp'),
      windowScale: options.number('wscale', U8),
      mss: options.number('mss', U16),
      ecn: options.flag('ecn'),
    })
  },
  print: ({ sackPermitted, timestamp, windowScale, mss, ecn }) =>
    words(
      sackPermitted && '--sack-perm',
      timestamp && '--timestamp',
      windowScale !== undefined && `--wscale ${windowScale}`,
      mss !== undefined && `--mss ${mss}`,
      ecn && '--ecn',
    ),
  act(_, { packet }) {
    const flags = packet.flags & (fin | syn | rst | ack)
    return flags === syn || flags === ack ? { kind: 'stolen', by: 'SYNPROXY' } : CONTINUE
  },
  explain: () => 'answers the handshake in place of the server',
}
