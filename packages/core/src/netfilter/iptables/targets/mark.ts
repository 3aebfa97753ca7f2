import { copyPacket } from '../../../net/packet.ts'
import { OptionReader, parseNumber, U32 } from '../matches/options.ts'
import type { GivenOption, TargetModule } from '../module.ts'
import { changeBits, exclusive, explainChange, hex, type MaskedValue, parseMasked } from './values.ts'

/** mark_tg(), xt_mark.c: mark = (mark & ~mask) ^ value. */
export interface MarkTarget extends MaskedValue {
  readonly kind: 'MARK'
}

export const markOptions = { 'set-xmark': 1, 'set-mark': 1, 'and-mark': 1, 'or-mark': 1, 'xor-mark': 1 }
const spellings = Object.keys(markOptions)

/** The five ways to write one change of a mark, as MARK and CONNMARK share them; undefined when none was given. */
export function readMarkChange(options: OptionReader, given: readonly GivenOption[]): MaskedValue | undefined {
  const spelling = exclusive(options, given, spellings)
  return spelling === undefined ? undefined : options.value([spelling], (text = '') => parseChange(spelling, text))
}

function parseChange(spelling: string, text: string): MaskedValue | undefined {
  if (spelling === 'set-xmark') return parseMasked(text)
  if (spelling === 'set-mark') {
    const change = parseMasked(text)
    return change && { value: change.value, mask: (change.value | change.mask) >>> 0 }
  }
  const bits = parseNumber(text, U32)
  if (bits === undefined) return undefined
  if (spelling === 'and-mark') return { value: 0, mask: ~bits >>> 0 }
  return { value: bits, mask: spelling === 'or-mark' ? bits : 0 }
}

export const mark: TargetModule<MarkTarget> = {
  kind: 'MARK',
  options: markOptions,
  read(given) {
    const options = new OptionReader(given)
    const change = readMarkChange(options, given)
    options.require(change !== undefined, 'MARK needs a mark')
    return options.finish({ kind: 'MARK', value: change?.value ?? 0, mask: change?.mask ?? 0 })
  },
  print: ({ value, mask }) => `--set-xmark ${hex(value)}/${hex(mask)}`,
  act(target, { packet }) {
    const marked = copyPacket(packet)
    marked.mark = changeBits(packet.mark, target)
    return { kind: 'alter', packet: marked }
  },
  explain: (target) => explainChange('its mark', target),
}
