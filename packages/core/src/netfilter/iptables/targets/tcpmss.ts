import { PROTOCOL } from '../../../net/packet.ts'
import { CONTINUE } from '../../action.ts'
import { OptionReader, U16 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { exclusive } from './values.ts'

export interface TcpmssTarget {
  readonly kind: 'TCPMSS'
  /** 'pmtu': no more than the route's MTU allows. */
  readonly mss: number | 'pmtu'
}

export const tcpmss: TargetModule<TcpmssTarget> = {
  kind: 'TCPMSS',
  options: { 'set-mss': 1, 'clamp-mss-to-pmtu': 0 },
  read(given, { protocol }) {
    const options = new OptionReader(given)
    exclusive(options, given, ['set-mss', 'clamp-mss-to-pmtu'])
    const mss = options.flag('clamp-mss-to-pmtu') ? 'pmtu' : options.number('set-mss', U16 - 40)
    options.require(mss !== undefined, 'TCPMSS needs a size')
    options.require(protocol === PROTOCOL.tcp, 'TCPMSS needs -p tcp')
    return options.finish({ kind: 'TCPMSS', mss: mss ?? 0 })
  },
  print: ({ mss }) => (mss === 'pmtu' ? '--clamp-mss-to-pmtu' : `--set-mss ${mss}`),
  act: () => CONTINUE,
  explain: ({ mss }) => (mss === 'pmtu' ? 'limits its maximum segment size to the path MTU' : `limits its maximum segment size to ${mss}`),
}
