import type { MatchModule } from '../module.ts'
import { bare } from '../tokens.ts'
import { unknown } from './decide.ts'
import { OptionReader, words } from './options.ts'

/** Rates that the target RATEEST estimates: one against values, or one against another. */
export interface RateestMatch {
  readonly kind: 'rateest'
  readonly first: string
  /** undefined: absolute, against the values. */
  readonly second: string | undefined
  readonly delta: boolean
  readonly comparison: 'lt' | 'gt' | 'eq'
  readonly negated: boolean
  readonly bps: Values
  readonly pps: Values
}

/** A value for each side; an empty text stands for an option without a value. */
interface Values {
  readonly first?: string | undefined
  readonly second?: string | undefined
}

const UNITS: Readonly<Record<string, number>> = {
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  tbit: 1e12,
  kibit: 1024,
  mibit: 1024 ** 2,
  gibit: 1024 ** 3,
  bps: 8,
  kbps: 8e3,
  mbps: 8e6,
  gbps: 8e9,
  kibps: 8 * 1024,
  mibps: 8 * 1024 ** 2,
}

/** As rateest_print_rate() prints it: in bits, or in thousands of them where nothing is lost. */
function normalRate(text: string): string | undefined {
  const found = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text)
  const unit = found && UNITS[found[2]?.toLowerCase() || 'bit']
  if (!found || !unit) return undefined
  const bits = Math.floor((Number(found[1]) * unit) / 8) * 8
  if (bits >= 1e6 && bits % 1e6 === 0) return `${bits / 1e6}Mbit`
  if (bits >= 1e6 && bits % 1e3 === 0) return `${bits / 1e3}Kbit`
  return `${bits}bit`
}

const COMPARISONS = ['lt', 'gt', 'eq'] as const
const WORDS = { lt: 'below', gt: 'above', eq: 'equal to' } as const

const optional = (args: readonly string[], parse: (text: string) => string | undefined): string | undefined =>
  args.length === 0 ? '' : parse(args[0] ?? '')
const count = (text: string): string | undefined => (/^\d+$/.test(text) ? text : undefined)

function print(match: RateestMatch): string {
  const { first, second, delta, bps, pps } = match
  const comparison = words(match.negated && '!', `--rateest-${match.comparison}`)
  const value = (name: string, text: string | undefined) => text !== undefined && words(`--rateest-${name}`, text)
  const mode = delta && '--rateest-delta'
  if (second === undefined && !delta) return words(`--rateest ${bare(first)}`, comparison, value('bps', bps.first), value('pps', pps.first))
  if (second === undefined)
    return words(
      mode,
      `--rateest ${bare(first)}`,
      value('bps1', bps.first),
      value('pps1', pps.first),
      comparison,
      value('bps2', bps.second),
      value('pps2', pps.second),
    )
  const left = delta ? [value('bps1', bps.first), value('pps1', pps.first)] : []
  const right = delta ? [value('bps2', bps.second), value('pps2', pps.second)] : [value('bps', bps.first), value('pps', pps.first)]
  return words(mode, `--rateest1 ${bare(first)}`, ...left, comparison, ...right, `--rateest2 ${bare(second)}`)
}

/** xt_rateest.c */
export const rateest: MatchModule<RateestMatch> = {
  kind: 'rateest',
  options: {
    rateest: 1,
    rateest1: 1,
    rateest2: 1,
    'rateest-delta': 0,
    'rateest-lt': 0,
    'rateest-gt': 0,
    'rateest-eq': 0,
    'rateest-bps': -1,
    'rateest-pps': -1,
    'rateest-bps1': -1,
    'rateest-pps1': -1,
    'rateest-bps2': -1,
    'rateest-pps2': -1,
  },
  read(given) {
    const options = new OptionReader(given)
    const first = options.text('rateest', 'rateest1')
    const second = options.text('rateest2')
    const found = COMPARISONS.flatMap((name) => {
      const flag = options.signedFlag(`rateest-${name}`)
      return flag ? [{ name, negated: flag.negated }] : []
    })
    const rate = (...names: string[]) => options.value(names, (...args) => optional(args, normalRate))
    const packets = (...names: string[]) => options.value(names, (...args) => optional(args, count))
    options.require(first !== undefined && first !== '', 'rateest needs --rateest or --rateest1')
    options.require(found.length === 1, 'rateest needs one of --rateest-lt, --rateest-gt and --rateest-eq')
    const bps = { first: rate('rateest-bps', 'rateest-bps1'), second: rate('rateest-bps2') }
    const pps = { first: packets('rateest-pps', 'rateest-pps1'), second: packets('rateest-pps2') }
    options.require(
      [...Object.values(bps), ...Object.values(pps)].some((value) => value !== undefined),
      'rateest needs --rateest-bps or --rateest-pps',
    )
    return options.finish({
      kind: 'rateest',
      first: first ?? '',
      second,
      delta: options.flag('rateest-delta'),
      comparison: found[0]?.name ?? 'lt',
      negated: found[0]?.negated ?? false,
      bps,
      pps,
    })
  },
  print,
  decide: (match) => unknown(`the rate that ${match.first} estimates is not known`),
  explain: (match) =>
    `comes while rate ${match.first} is ${match.negated ? 'not ' : ''}${WORDS[match.comparison]} ${match.second === undefined ? 'a value' : `rate ${match.second}`}`,
}
