import type { MatchModule } from '../module.ts'
import { assumed, unknown } from './decide.ts'
import { OptionReader } from './options.ts'

export interface ConnbytesMatch {
  readonly kind: 'connbytes'
  readonly from: bigint
  /** undefined: no upper bound. */
  readonly to: bigint | undefined
  readonly mode: 'packets' | 'bytes' | 'avgpkt'
  readonly direction: 'original' | 'reply' | 'both'
  readonly negated: boolean
}

const U64 = 0xffffffffffffffffn

function parseBounds(text = ''): { from: bigint; to: bigint | undefined } | undefined {
  const found = /^(\d*)(?::(\d*))?$/.exec(text)
  if (!found || text === '') return undefined
  const from = BigInt(found[1] || 0)
  const to = found[2] ? BigInt(found[2]) : undefined
  return from > U64 || (to !== undefined && (to > U64 || to < from)) ? undefined : { from, to }
}

const formatBounds = ({ from, to }: ConnbytesMatch): string => (to === undefined ? `${from}` : `${from}:${to}`)

/** xt_connbytes.c, connbytes_mt(): false without accounting. A connection's first packet has been counted when the rule sees it. */
export const connbytes: MatchModule<ConnbytesMatch> = {
  kind: 'connbytes',
  options: { connbytes: 1, 'connbytes-mode': 1, 'connbytes-dir': 1 },
  read(given) {
    const options = new OptionReader(given)
    const bounds = options.signed(['connbytes'], parseBounds)
    const mode = options.value(['connbytes-mode'], (text) =>
      text === 'packets' || text === 'bytes' || text === 'avgpkt' ? text : undefined,
    )
    const direction = options.value(['connbytes-dir'], (text) =>
      text === 'original' || text === 'reply' || text === 'both' ? text : undefined,
    )
    options.require(
      bounds !== undefined && mode !== undefined && direction !== undefined,
      'connbytes needs --connbytes, --connbytes-mode and --connbytes-dir',
    )
    return options.finish({
      kind: 'connbytes',
      from: bounds?.from ?? 0n,
      to: bounds?.to,
      mode: mode ?? 'bytes',
      direction: direction ?? 'both',
      negated: bounds?.negated ?? false,
    })
  },
  print: (match) =>
    `${match.negated ? '! ' : ''}--connbytes ${formatBounds(match)} --connbytes-mode ${match.mode} --connbytes-dir ${match.direction}`,
  decide(match, { conntrack, packet }) {
    if (typeof conntrack === 'string') return false
    if (conntrack.state !== 'new') return unknown('how much the connection has carried is not known', 'conntrack.txt')
    const seen = match.direction === 'reply' ? 0 : match.mode === 'packets' ? 1 : packet.length
    const inside = BigInt(seen) >= match.from && (match.to === undefined || BigInt(seen) <= match.to)
    return assumed(inside !== match.negated, 'taken as the first packet of its connection, with accounting on')
  },
  explain: (match) =>
    `is of a connection that ${match.negated ? 'has not' : 'has'} carried ${formatBounds(match)} ${match.mode === 'avgpkt' ? 'bytes a packet' : match.mode} (${match.direction})`,
}
