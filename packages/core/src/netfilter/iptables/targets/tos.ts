import { alterPacket } from '../../../net/packet.ts'
import { OptionReader, parseNumber, U8 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { changeBits, exclusive, explainChange, hex, type MaskedValue, parseMasked } from './values.ts'

/** tos_tg(), xt_DSCP.c: tos = (tos & ~mask) ^ value. */
export interface TosTarget extends MaskedValue {
  readonly kind: 'TOS'
}

/** RFC 1349 names; they change only the six bits of the old TOS field. */
const NAMES: Readonly<Record<string, number>> = {
  'minimize-delay': 0x10,
  'maximize-throughput': 0x08,
  'maximize-reliability': 0x04,
  'minimize-cost': 0x02,
  'normal-service': 0x00,
}
const spellings = ['set-tos', 'and-tos', 'or-tos', 'xor-tos']

function parseChange(spelling: string, text: string): MaskedValue | undefined {
  if (spelling === 'set-tos') {
    const named = NAMES[text.toLowerCase()]
    return named === undefined ? parseMasked(text, U8) : { value: named, mask: 0x3f }
  }
  const bits = parseNumber(text, U8)
  if (bits === undefined) return undefined
  if (spelling === 'and-tos') return { value: 0, mask: ~bits & U8 }
  return { value: bits, mask: spelling === 'or-tos' ? bits : 0 }
}

export const tos: TargetModule<TosTarget> = {
  kind: 'TOS',
  options: { 'set-tos': 1, 'and-tos': 1, 'or-tos': 1, 'xor-tos': 1 },
  read(given) {
    const options = new OptionReader(given)
    const spelling = exclusive(options, given, spellings)
    const change = spelling === undefined ? undefined : options.value([spelling], (text = '') => parseChange(spelling, text))
    options.require(change !== undefined, 'TOS needs a value')
    return options.finish({ kind: 'TOS', value: change?.value ?? 0, mask: change?.mask ?? 0 })
  },
  print: ({ value, mask }) => `--set-tos ${hex(value, 2)}/${hex(mask, 2)}`,
  act: (target, { packet }) => ({ kind: 'alter', packet: alterPacket(packet, { tos: changeBits(packet.tos, target) & U8 }) }),
  explain: (target) => explainChange('its TOS byte', target, U8),
}
