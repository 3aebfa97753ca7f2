import { addressBits, type Family } from '../../../net/address.ts'
import type { MatchModule } from '../module.ts'
import { bare } from '../tokens.ts'
import { assumed } from './decide.ts'
import { OptionReader, U32, words } from './options.ts'
import { formatRate, type PacketRate, parseRate, WITHIN } from './rate.ts'

export interface HashlimitMatch {
  readonly kind: 'hashlimit'
  readonly above: boolean
  /** Packets, or bytes a second as text with its unit (`512kb`). */
  readonly rate: PacketRate | { readonly bytes: string }
  /** Packets, or bytes as text; undefined where a rate of bytes has none. */
  readonly burst: string | undefined
  readonly mode: readonly Mode[]
  readonly name: string
  readonly sourceMask?: number | undefined
  readonly destinationMask?: number | undefined
  /** Sizes and times of the table, by the option's last word. */
  readonly table: { readonly [K in TableOption]?: number | undefined }
  readonly rateMatch: boolean
  readonly rateInterval?: number | undefined
}

const MODES = ['srcip', 'srcport', 'dstip', 'dstport'] as const
export type Mode = (typeof MODES)[number]
const TABLE = ['size', 'max', 'gcinterval', 'expire'] as const
type TableOption = (typeof TABLE)[number]

/** XT_HASHLIMIT_SCALE_v2 */
const SCALE = 1000000
const DEFAULT_BURST = '5'
const BYTES = /^\d+(b|kb|mb)$/i

function parseAnyRate(text = ''): { rate: HashlimitMatch['rate'] } | undefined {
  const bytes = /^(\d+[km]?b)\/(s|sec|second)$/i.exec(text)
  if (bytes?.[1]) return { rate: { bytes: bytes[1].toLowerCase() } }
  const rate = parseRate(text, SCALE)
  return rate && { rate }
}

function parseModes(text = ''): readonly Mode[] | undefined {
  const given = text.split(',')
  return given.every((one) => (MODES as readonly string[]).includes(one)) ? MODES.filter((mode) => given.includes(mode)) : undefined
}

const formatAnyRate = (rate: HashlimitMatch['rate']): string => ('bytes' in rate ? `${rate.bytes}/s` : formatRate(rate))

function readBurst(options: OptionReader, rate: HashlimitMatch['rate'] | undefined): string | undefined {
  const burst = options.text('hashlimit-burst')
  const ofBytes = rate !== undefined && 'bytes' in rate
  if (burst === undefined) return ofBytes ? undefined : DEFAULT_BURST
  options.require(ofBytes ? BYTES.test(burst) : /^[1-9]\d*$/.test(burst) && Number(burst) <= U32, `--hashlimit-burst: ${burst}`)
  return burst.toLowerCase()
}

/** A mask of full length is not printed: it is the default. */
function readMask(options: OptionReader, option: string, family: Family): number | undefined {
  const length = options.number(option, addressBits(family))
  return length === addressBits(family) ? undefined : length
}

/** xt_hashlimit.c, hashlimit_mt(). */
export const hashlimit: MatchModule<HashlimitMatch> = {
  kind: 'hashlimit',
  options: {
    hashlimit: 1,
    'hashlimit-upto': 1,
    'hashlimit-above': 1,
    'hashlimit-burst': 1,
    'hashlimit-mode': 1,
    'hashlimit-name': 1,
    'hashlimit-srcmask': 1,
    'hashlimit-dstmask': 1,
    'hashlimit-htable-size': 1,
    'hashlimit-htable-max': 1,
    'hashlimit-htable-gcinterval': 1,
    'hashlimit-htable-expire': 1,
    'hashlimit-rate-match': 0,
    'hashlimit-rate-interval': 1,
  },
  read(given, { family }) {
    const options = new OptionReader(given)
    const upto = options.signed(['hashlimit-upto', 'hashlimit'], parseAnyRate)
    const above = options.signed(['hashlimit-above'], parseAnyRate)
    const test = upto ?? above
    const name = options.text('hashlimit-name')
    options.require((upto === undefined) !== (above === undefined), 'hashlimit needs either --hashlimit-upto or --hashlimit-above')
    options.require(name !== undefined && name !== '', 'hashlimit needs --hashlimit-name')
    const rateInterval = options.number('hashlimit-rate-interval')
    const rateMatch = options.flag('hashlimit-rate-match')
    options.require(rateInterval === undefined || rateMatch, '--hashlimit-rate-interval needs --hashlimit-rate-match')
    return options.finish({
      kind: 'hashlimit',
      above: (above !== undefined) !== (test?.negated ?? false),
      rate: test?.rate ?? { amount: 3, unit: 'hour' },
      burst: readBurst(options, test?.rate),
      mode: options.value(['hashlimit-mode'], parseModes) ?? [],
      name: name ?? '',
      sourceMask: readMask(options, 'hashlimit-srcmask', family),
      destinationMask: readMask(options, 'hashlimit-dstmask', family),
      table: Object.fromEntries(TABLE.map((one) => [one, options.number(`hashlimit-htable-${one}`)])),
      rateMatch,
      rateInterval,
    })
  },
  print: (match) =>
    words(
      `--hashlimit-${match.above ? 'above' : 'upto'} ${formatAnyRate(match.rate)}`,
      match.burst !== undefined && `--hashlimit-burst ${match.burst}`,
      match.mode.length > 0 && `--hashlimit-mode ${match.mode.join(',')}`,
      `--hashlimit-name ${bare(match.name)}`,
      ...TABLE.map((one) => match.table[one] !== undefined && `--hashlimit-htable-${one} ${match.table[one]}`),
      match.sourceMask !== undefined && `--hashlimit-srcmask ${match.sourceMask}`,
      match.destinationMask !== undefined && `--hashlimit-dstmask ${match.destinationMask}`,
      match.rateMatch && '--hashlimit-rate-match',
      match.rateInterval !== undefined && `--hashlimit-rate-interval ${match.rateInterval}`,
    ),
  decide: (match) => assumed(!match.above, WITHIN),
  explain: (match) =>
    `is ${match.above ? 'above' : 'within'} ${formatAnyRate(match.rate)}${match.mode.length > 0 ? ` for its ${match.mode.join(' and ')}` : ''}`,
}
