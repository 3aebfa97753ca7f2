import { formatRange, printOption, type SignedRange, U32 } from './options.ts'

/** A range of all values is not printed unless it is negated (ah, esp, ipcomp, frag, rt). */
export function printFullRange(option: string, range: SignedRange | undefined, max = U32): string | undefined {
  return range && !range.negated && range.first === 0 && range.last === max ? undefined : printOption(option, range, formatRange)
}

/** What a range says of a value that is not known: the whole range holds any. undefined: it depends on the value. */
export function decideUnseen(range: SignedRange | undefined, max = U32): boolean | undefined {
  if (!range) return true
  return range.first === 0 && range.last === max ? !range.negated : undefined
}

export const explainRange = (what: string, range: SignedRange): string => `has ${range.negated ? 'not ' : ''}${what} ${formatRange(range)}`
