import { alterPacket } from '../../../net/packet.ts'
import { DSCP_CLASSES } from '../../../net/protocol.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { exclusive, hex } from './values.ts'

export interface DscpTarget {
  readonly kind: 'DSCP'
  readonly dscp: number
}

/** dscp_tg(), xt_DSCP.c: the two ECN bits stay. */
export const dscp: TargetModule<DscpTarget> = {
  kind: 'DSCP',
  options: { 'set-dscp': 1, 'set-dscp-class': 1 },
  read(given) {
    const options = new OptionReader(given)
    exclusive(options, given, ['set-dscp', 'set-dscp-class'])
    const dscp = options.number('set-dscp', 0x3f) ?? options.value(['set-dscp-class'], (text = '') => DSCP_CLASSES[text.toUpperCase()])
    options.require(dscp !== undefined, 'DSCP needs a value')
    return options.finish({ kind: 'DSCP', dscp: dscp ?? 0 })
  },
  print: (target) => `--set-dscp ${hex(target.dscp, 2)}`,
  act: (target, { packet }) => ({ kind: 'alter', packet: alterPacket(packet, { tos: (packet.tos & 3) | (target.dscp << 2) }) }),
  explain: (target) => `sets its DSCP to ${hex(target.dscp, 2)}`,
}
