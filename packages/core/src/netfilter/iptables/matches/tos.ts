import type { MatchModule } from '../module.ts'
import { hex, OptionReader, parseNumber, printOption, U8 } from './options.ts'

export interface TosMatch {
  readonly kind: 'tos'
  readonly value: number
  readonly mask: number
  readonly negated: boolean
}

/** A name implies the mask without the ECN bits. */
const NAMES: Readonly<Record<string, number>> = {
  'minimize-delay': 0x10,
  'maximize-throughput': 0x08,
  'maximize-reliability': 0x04,
  'minimize-cost': 0x02,
  'normal-service': 0x00,
}
const NAME_MASK = 0x3f

export function parseTos(text = ''): { readonly value: number; readonly mask: number } | undefined {
  const named = NAMES[text.toLowerCase()]
  if (named !== undefined) return { value: named, mask: NAME_MASK }
  const [valueText = '', maskText] = text.split('/')
  const value = parseNumber(valueText, U8)
  const mask = maskText === undefined ? U8 : parseNumber(maskText, U8)
  return value === undefined || mask === undefined ? undefined : { value, mask }
}

const format = ({ value, mask }: TosMatch): string => `${hex(value, 2)}/${hex(mask, 2)}`

/** xt_dscp.c, tos_mt(). */
export const tos: MatchModule<TosMatch> = {
  kind: 'tos',
  options: { tos: 1 },
  read(given) {
    const options = new OptionReader(given)
    const test = options.signed(['tos'], parseTos)
    options.require(test !== undefined, 'tos needs --tos')
    return options.finish({ kind: 'tos', ...(test ?? { value: 0, mask: U8, negated: false }) })
  },
  print: (match) => printOption('tos', match, format) ?? '',
  decide: (match, { packet }) => ((packet.tos & match.mask) === match.value) !== match.negated,
  explain: (match) => `has ${match.negated ? 'not ' : ''}TOS ${format(match)}`,
}
