import type { GivenOption, Problem } from '../module.ts'
import { problem } from '../module.ts'

/** The argument of an option; undefined when the option was not given. */
export function argument(given: readonly GivenOption[], option: string): string | undefined {
  for (const one of given) if (one.option === option) return one.args[0]
  return undefined
}

export const has = (given: readonly GivenOption[], option: string): boolean => given.some((one) => one.option === option)

/** What xtables_option_parse() refuses for every target: `!`, an option given twice, and an option that excludes another given one. */
export function refuse(given: readonly GivenOption[], exclusive: readonly string[] = []): Problem | undefined {
  for (const [i, one] of given.entries()) {
    if (one.negated) return problem(`--${one.option} takes no "!"`)
    for (let j = 0; j < i; j++) if (given[j]?.option === one.option) return problem(`--${one.option} is given twice`)
  }
  const clash = exclusive.filter((option) => has(given, option))
  return clash.length > 1 ? problem(`--${clash[0]} excludes --${clash[1]}`) : undefined
}

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && (value as Problem).kind === 'problem'

export const U32 = 0xffffffff

/** xtables_strtoui(): strtoul with base 0 (decimal, 0x hexadecimal, leading-zero octal) within min and max. */
export function uint(text: string | undefined, min = 0, max = U32): number | undefined {
  if (text === undefined) return undefined
  let value: number
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) value = Number.parseInt(text.slice(2), 16)
  else if (/^0[0-7]*$/.test(text)) value = Number.parseInt(text, 8)
  else if (/^[1-9][0-9]*$/.test(text)) value = Number(text)
  else return undefined
  return value >= min && value <= max ? value : undefined
}

/** `VALUE[/MASK]`; the mask is all ones when it is left out. */
export function masked(text: string | undefined, max = U32): { readonly value: number; readonly mask: number } | undefined {
  if (text === undefined) return undefined
  const slash = text.indexOf('/')
  const value = uint(slash < 0 ? text : text.slice(0, slash), 0, max)
  const mask = slash < 0 ? max : uint(text.slice(slash + 1), 0, max)
  return value === undefined || mask === undefined ? undefined : { value, mask }
}

export const hex = (value: number, digits = 0): string => `0x${(value >>> 0).toString(16).padStart(digits, '0')}`

/** xtables_save_string(): quoted unless it is made of letters, digits, `_` and `-` alone. */
export function quoteString(text: string): string {
  return /^[\w-]+$/.test(text) ? text : `"${text.replace(/["\\']/g, '\\$&')}"`
}

/** Joins the parts of an option line, leaving out what does not apply. */
export const words = (...parts: readonly (string | false | undefined)[]): string =>
  parts.filter((part) => part !== false && part !== undefined && part !== '').join(' ')
