import type { Decision } from '../../decision.ts'
import type { MatchModule } from '../module.ts'
import { problem } from '../module.ts'
import { signed, unknown } from './decide.ts'
import { OptionReader, words } from './options.ts'

export type StatisticMatch =
  | { readonly kind: 'statistic'; readonly mode: 'random'; readonly probability: number; readonly negated: boolean }
  | { readonly kind: 'statistic'; readonly mode: 'nth'; readonly every: number; readonly packet: number; readonly negated: boolean }

/** The kernel keeps a probability in 31 bits (struct xt_statistic_info): what is printed is what it kept. */
const GRAIN = 0x80000000

function decideRandom(probability: number): Decision {
  if (probability >= 1) return true
  return probability <= 0 ? false : { kind: 'chance', probability }
}

/** xt_statistic.c, statistic_mt(). */
export const statistic: MatchModule<StatisticMatch> = {
  kind: 'statistic',
  options: { mode: 1, probability: 1, every: 1, packet: 1 },
  read(given) {
    const options = new OptionReader(given)
    const mode = options.text('mode')
    const odds = options.signed(['probability'], (text = '') =>
      /^[\d.]+(e-?\d+)?$/i.test(text) && Number(text) <= 1 ? { value: Number(text) } : undefined,
    )
    const every = options.signedNumber('every')
    const packet = options.number('packet')
    if (mode === 'random') {
      options.require(odds !== undefined && !every && packet === undefined, 'statistic --mode random needs --probability')
      const probability = Math.round((odds?.value ?? 0) * GRAIN) / GRAIN
      return options.finish({ kind: 'statistic', mode, probability, negated: odds?.negated ?? false })
    }
    if (mode !== 'nth') return problem('statistic needs --mode random or --mode nth')
    options.require(every !== undefined && every.value > 0 && !odds, 'statistic --mode nth needs --every')
    options.require(packet !== undefined && packet < (every?.value ?? 0), '--packet goes from 0 to one less than --every')
    return options.finish({ kind: 'statistic', mode, every: every?.value ?? 1, packet: packet ?? 0, negated: every?.negated ?? false })
  },
  print: (match) =>
    match.mode === 'random'
      ? words('--mode random', match.negated && '!', `--probability ${match.probability.toFixed(11)}`)
      : words('--mode nth', match.negated && '!', `--every ${match.every} --packet ${match.packet}`),
  decide(match) {
    if (match.mode === 'random') return signed(decideRandom(match.probability), match.negated)
    return match.every === 1 ? !match.negated : unknown(`how many packets the rule has counted decides which is the ${match.every}th`)
  },
  compile(match) {
    const decision = this.decide(match, undefined as never)
    return () => decision
  },
  explain(match) {
    if (match.mode === 'random') return `is ${match.negated ? 'not ' : ''}drawn with probability ${Number(match.probability.toFixed(5))}`
    return `is ${match.negated ? 'not ' : ''}every ${match.every}th that gets here`
  },
}
