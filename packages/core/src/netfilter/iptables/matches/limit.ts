import type { MatchModule } from '../module.ts'
import { assumed } from './decide.ts'
import { OptionReader, U32, words } from './options.ts'
import { formatRate, type PacketRate, parseRate, WITHIN } from './rate.ts'

export interface LimitMatch {
  readonly kind: 'limit'
  readonly rate: PacketRate
  readonly burst: number
}

/** XT_LIMIT_SCALE; what libxt_limit takes when nothing is said. */
const SCALE = 10000
const DEFAULT_RATE: PacketRate = { amount: 3, unit: 'hour' }
const DEFAULT_BURST = 5

/** xt_limit.c, limit_mt(). */
export const limit: MatchModule<LimitMatch> = {
  kind: 'limit',
  options: { limit: 1, 'limit-burst': 1 },
  read(given) {
    const options = new OptionReader(given)
    const rate = options.value(['limit'], (text = '') => parseRate(text, SCALE)) ?? DEFAULT_RATE
    return options.finish({ kind: 'limit', rate, burst: options.number('limit-burst', U32) ?? DEFAULT_BURST })
  },
  print: (match) => words(`--limit ${formatRate(match.rate)}`, match.burst !== DEFAULT_BURST && `--limit-burst ${match.burst}`),
  decide: () => assumed(true, WITHIN),
  explain: (match) => `is within ${formatRate(match.rate)} (burst ${match.burst})`,
}
