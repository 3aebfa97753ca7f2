import { hex, type OptionReader, parseNumber, U32 } from './options.ts'

/** `value[/mask]` of mark and connmark; the mask is all ones when it is left out. */
export interface MarkTest {
  readonly value: number
  readonly mask: number
  readonly negated: boolean
}

export function readMark(options: OptionReader): MarkTest {
  const mark = options.signed(['mark'], (text = '') => {
    const slash = text.indexOf('/')
    const value = parseNumber(slash < 0 ? text : text.slice(0, slash), U32)
    const mask = slash < 0 ? U32 : parseNumber(text.slice(slash + 1), U32)
    return value === undefined || mask === undefined ? undefined : { value, mask }
  })
  if (!mark) options.fail('--mark is needed')
  return mark ?? { value: 0, mask: U32, negated: false }
}

export const formatMark = ({ value, mask }: { readonly value: number; readonly mask: number }): string =>
  mask === U32 ? hex(value) : `${hex(value)}/${hex(mask)}`

export const holdsMark = ({ value, mask, negated }: MarkTest, mark: number): boolean => ((mark & mask) >>> 0 === value) !== negated
