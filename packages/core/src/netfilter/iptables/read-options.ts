import type { ExtensionMatch, Match } from './matches/index.ts'
import { isProblem } from './matches/options.ts'
import { matchModules } from './matches/registry.ts'
import type { GivenOption, MatchModule, Problem, ReadContext, TargetModule } from './module.ts'
import type { ExtensionTarget, Target } from './targets/index.ts'
import { targetModules } from './targets/registry.ts'

/** In a module's `options`: an argument that may be left out (`--rateest-bps [value]`). */
export const OPTIONAL_ARGUMENT = -1

/** One option and its arguments, read from `words` at `at`. */
export interface Taken {
  readonly given: GivenOption
  readonly next: number
}

/**
 * Reads one option of a module. Negation stands before the option or, as older iptables wrote it, behind it (`--dport ! 80`).
 * undefined: the word is no option of this module, or its arguments are missing.
 */
export function takeOption(words: readonly string[], at: number, options: Readonly<Record<string, number>>): Taken | undefined {
  let i = at
  let negated = words[i] === '!'
  if (negated) i++
  const word = words[i]
  if (word === undefined || !word.startsWith('--')) return undefined
  const equals = word.indexOf('=')
  const option = equals < 0 ? word.slice(2) : word.slice(2, equals)
  const count = Object.hasOwn(options, option) ? options[option] : undefined
  if (count === undefined) return undefined
  i++
  if (equals >= 0)
    return {
      given: { option, negated, args: [word.slice(equals + 1), ...words.slice(i, i + count - 1)] },
      next: i + Math.max(0, count - 1),
    }
  if (count !== 0 && words[i] === '!' && words[i + 1] !== undefined && !words[i + 1]?.startsWith('--')) {
    negated = !negated
    i++
  }
  if (count === OPTIONAL_ARGUMENT) {
    const value = words[i]
    const has = value !== undefined && value !== '!' && !value.startsWith('-')
    return { given: { option, negated, args: has ? [value] : [] }, next: has ? i + 1 : i }
  }
  if (i + count > words.length) return undefined
  return { given: { option, negated, args: words.slice(i, i + count) }, next: i + count }
}

/** All words from `at` on as options of one module; undefined when a word is none. */
export function takeOptions(
  words: readonly string[],
  at: number,
  options: Readonly<Record<string, number>>,
): readonly GivenOption[] | undefined {
  const given: GivenOption[] = []
  let i = at
  while (i < words.length) {
    const taken = takeOption(words, i, options)
    if (!taken) return undefined
    given.push(taken.given)
    i = taken.next
  }
  return given
}

/** A match by the name that -m takes and its options; `raw` is all that stood behind `-m `, kept when it is not understood. */
export function readMatch(name: string, given: readonly GivenOption[], context: ReadContext): ExtensionMatch | Problem | undefined {
  const module: MatchModule<ExtensionMatch> | undefined = matchModules.get(name)
  return module?.read(given, context)
}

/** A target by the name that -j takes: a module, else a chain. */
export function readTarget(name: string, given: readonly GivenOption[], context: ReadContext): ExtensionTarget | Problem | undefined {
  const module: TargetModule<ExtensionTarget> | undefined = targetModules.get(name)
  return module?.read(given, context)
}

export const opaqueMatch = (name: string, text: string): Match => ({ kind: 'opaque', name, text })
export const opaqueTarget = (name: string, text: string): Target => ({ kind: 'opaque', name, text })
export { isProblem }
