import { type Automaton, buildAutomaton } from './automaton.ts'
import { requiredLiterals } from './literals.ts'
import { PatternError, parsePattern } from './pattern.ts'
import type { Signature } from './signature.ts'

/** Signatures made ready for the search. */
export interface SignatureBook {
  readonly signatures: readonly Signature[]
  readonly expressions: readonly RegExp[]
  readonly automaton: Automaton
  /** By literal: the signatures (by their place in the list) that need it. */
  readonly needing: readonly (readonly number[])[]
}

/** Shorter literals would be met in every second line. */
const LEAST_LITERAL = 4

/** Throws PatternError on a pattern that cannot be used: knowledge is checked before it is shipped. */
export function compileSignatures(signatures: readonly Signature[]): SignatureBook {
  const literals = new Map<string, number[]>()
  const expressions = signatures.map((signature, index) => {
    const needed = requiredLiterals(parsePattern(signature.pattern))
    const shortest = Math.min(...(needed ?? ['']).map((literal) => literal.length))
    if (!needed || shortest < LEAST_LITERAL)
      throw new PatternError(`${signature.id}: no text of ${LEAST_LITERAL} or more characters stands in every line that it matches`)
    for (const literal of needed) literals.set(literal, [...(literals.get(literal) ?? []), index])
    return new RegExp(signature.pattern, signature.ignoreCase ? 'i' : '')
  })
  return { signatures, expressions, automaton: buildAutomaton([...literals.keys()]), needing: [...literals.values()] }
}
