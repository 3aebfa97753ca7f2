import type { GivenOption, Problem } from '../module.ts'
import { problem } from '../module.ts'

export interface Range {
  readonly first: number
  readonly last: number
}

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'problem'

export const U8 = 0xff
export const U16 = 0xffff
export const U32 = 0xffffffff

/** xtables_strtoui(): decimal, 0x hexadecimal or octal with a leading 0, up to `max`. */
export function parseNumber(text: string, max: number): number | undefined {
  let value: number
  if (/^(0|[1-9]\d*)$/.test(text)) value = Number(text)
  else if (/^0[xX][0-9a-fA-F]+$/.test(text)) value = Number.parseInt(text, 16)
  else if (/^0[0-7]+$/.test(text)) value = Number.parseInt(text, 8)
  else return undefined
  return value <= max ? value : undefined
}

/** `N`, `N:M`, `:M`, `N:`, `:`; a range that runs backwards is none. */
export function parseRange(text: string, max: number, parse = (part: string) => parseNumber(part, max)): Range | undefined {
  const colon = text.indexOf(':')
  const first = colon === 0 ? 0 : parse(colon < 0 ? text : text.slice(0, colon))
  const last = colon < 0 ? first : colon === text.length - 1 ? max : parse(text.slice(colon + 1))
  return first === undefined || last === undefined || first > last ? undefined : { first, last }
}

export const formatRange = ({ first, last }: Range): string => (first === last ? `${first}` : `${first}:${last}`)
export const inRange = ({ first, last }: Range, value: number): boolean => value >= first && value <= last

/**
 * Reads the options of one match. The first value that it cannot take is kept as the problem of the whole match, so that a module
 * reads straight through and asks once, in `finish`.
 */
export class OptionReader {
  #problem: Problem | undefined
  readonly #given: readonly GivenOption[]

  constructor(given: readonly GivenOption[]) {
    this.#given = given
  }

  fail(text: string): void {
    this.#problem ??= problem(text)
  }

  /** The option under any of its names; given twice it is a problem, negated too unless `mayNegate`. */
  #find(names: readonly string[], mayNegate: boolean): GivenOption | undefined {
    let found: GivenOption | undefined
    for (const one of this.#given) {
      if (!names.includes(one.option)) continue
      if (found) this.fail(`--${one.option} is given twice`)
      found = one
    }
    if (found?.negated && !mayNegate) this.fail(`--${found.option} cannot be negated`)
    return found
  }

  flag(...names: string[]): boolean {
    return this.#find(names, false) !== undefined
  }

  /** A flag that may be negated: undefined when it is absent. */
  signedFlag(...names: string[]): { readonly negated: boolean } | undefined {
    const found = this.#find(names, true)
    return found && { negated: found.negated }
  }

  text(...names: string[]): string | undefined {
    return this.#find(names, false)?.args[0]
  }

  /** An option that may be negated, with its arguments as `parse` understands them. */
  signed<T extends object>(
    names: readonly string[],
    parse: (...args: readonly string[]) => T | undefined,
  ): (T & { readonly negated: boolean }) | undefined {
    const found = this.#find(names, true)
    if (!found) return undefined
    const value = parse(...found.args)
    if (!value) this.fail(`--${found.option}: ${found.args.join(' ')}`)
    return value && { ...value, negated: found.negated }
  }

  value<T>(names: readonly string[], parse: (...args: readonly string[]) => T | undefined): T | undefined {
    const found = this.#find(names, false)
    if (!found) return undefined
    const value = parse(...found.args)
    if (value === undefined) this.fail(`--${found.option}: ${found.args.join(' ')}`)
    return value
  }

  number(name: string, max = U32): number | undefined {
    return this.value([name], (text = '') => parseNumber(text, max))
  }

  signedNumber(name: string, max = U32): { readonly value: number; readonly negated: boolean } | undefined {
    return this.signed([name], (text = '') => {
      const value = parseNumber(text, max)
      return value === undefined ? undefined : { value }
    })
  }

  signedRange(
    names: readonly string[],
    max: number,
    parse?: (part: string) => number | undefined,
  ): (Range & { readonly negated: boolean }) | undefined {
    return this.signed(names, (text = '') => parseRange(text, max, parse))
  }

  /** Says what the match cannot do without. */
  require(condition: boolean, what: string): void {
    if (!condition) this.fail(what)
  }

  finish<M>(match: M): M | Problem {
    return this.#problem ?? match
  }
}

/** Words of a printed match; what is absent leaves no gap. */
export const words = (...parts: readonly (string | undefined | false)[]): string => parts.filter((part) => part).join(' ')

/** `[! ]--name value`, nothing when the option is absent. */
export function printOption<T extends { readonly negated: boolean }>(
  name: string,
  value: T | undefined,
  format: (value: T) => string,
): string | undefined {
  return value && words(value.negated && '!', `--${name}`, format(value))
}

export interface SignedValue {
  readonly value: number
  readonly negated: boolean
}
export interface SignedRange extends Range {
  readonly negated: boolean
}

export const formatValue = ({ value }: { readonly value: number }): string => `${value}`
export const hex = (value: number, digits = 0): string => `0x${value.toString(16).padStart(digits, '0')}`
