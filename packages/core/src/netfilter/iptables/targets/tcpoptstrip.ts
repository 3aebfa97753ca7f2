import { PROTOCOL } from '../../../net/packet.ts'
import { CONTINUE } from '../../action.ts'
import { OptionReader, parseNumber, U8 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface TcpoptstripTarget {
  readonly kind: 'TCPOPTSTRIP'
  /** TCP option kinds in ascending order. */
  readonly strip: readonly number[]
}

const NAMES: Readonly<Record<string, number>> = { mss: 2, wscale: 3, 'sack-permitted': 4, sack: 5, timestamp: 8, md5: 19 }

function parseList(text: string): readonly number[] | undefined {
  const numbers = text.split(',').map((name) => NAMES[name] ?? parseNumber(name, U8))
  const kinds = numbers.filter((kind): kind is number => kind !== undefined && kind >= 2)
  return kinds.length === numbers.length && new Set(kinds).size === kinds.length ? kinds.sort((a, b) => a - b) : undefined
}

export const tcpoptstrip: TargetModule<TcpoptstripTarget> = {
  kind: 'TCPOPTSTRIP',
  options: { 'strip-options': 1 },
  read(given, { protocol }) {
    const options = new OptionReader(given)
    options.require(protocol === PROTOCOL.tcp, 'TCPOPTSTRIP needs -p tcp')
    return options.finish({ kind: 'TCPOPTSTRIP', strip: options.value(['strip-options'], (text = '') => parseList(text)) ?? [] })
  },
  print: ({ strip }) => (strip.length > 0 ? `--strip-options ${strip.join(',')}` : ''),
  act: () => CONTINUE,
  explain: ({ strip }) => `takes TCP options ${strip.join(', ')} out of it`,
}
