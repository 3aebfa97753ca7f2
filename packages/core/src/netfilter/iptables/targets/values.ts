import { type OptionReader, parseNumber, U32 } from '../matches/options.ts'

export interface MaskedValue {
  readonly value: number
  readonly mask: number
}

/** `VALUE[/MASK]`; the mask is all ones when it is left out. */
export function parseMasked(text: string, max = U32): MaskedValue | undefined {
  const slash = text.indexOf('/')
  const value = parseNumber(slash < 0 ? text : text.slice(0, slash), max)
  const mask = slash < 0 ? max : parseNumber(text.slice(slash + 1), max)
  return value === undefined || mask === undefined ? undefined : { value, mask }
}

/** new = (old & ~mask) ^ value: how the kernel stores every way to change a mark or a TOS byte. */
export const changeBits = (old: number, change: MaskedValue): number => ((old & ~change.mask) ^ change.value) >>> 0

export function explainChange(what: string, { value, mask }: MaskedValue, full = U32): string {
  if (mask === full) return `sets ${what} to ${hex(value)}`
  if (value === mask) return `sets the bits ${hex(value)} of ${what}`
  if (value === 0) return `clears the bits ${hex(mask)} of ${what}`
  if (mask === 0) return `flips the bits ${hex(value)} of ${what}`
  return `sets ${what} to ${hex(value)} within mask ${hex(mask)}`
}

export const hex = (value: number, digits = 0): string => `0x${(value >>> 0).toString(16).padStart(digits, '0')}`

/** Options of which one at most may be given. */
export function exclusive(
  options: OptionReader,
  given: readonly { readonly option: string }[],
  names: readonly string[],
): string | undefined {
  const found = names.filter((name) => given.some((one) => one.option === name))
  options.require(found.length < 2, `--${found[0]} excludes --${found[1]}`)
  return found[0]
}

/** Joins the parts of an option line, leaving out what does not apply. */
export const words = (...parts: readonly (string | false | undefined)[]): string =>
  parts.filter((part) => part !== false && part !== undefined && part !== '').join(' ')
