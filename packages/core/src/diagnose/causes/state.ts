import type { Source } from '../../facts/source.ts'
import type { Because, Fault, Suspect } from './cause.ts'
import type { CauseId } from './ids.ts'
import type { Relevance } from './relevance.ts'

/** What a cause that shows in an object's state tells of it. */
export interface State {
  readonly where: Fault
  readonly because: readonly Because[]
  readonly against?: readonly Because[]
  /** As sure as the state alone makes it; weighed by whether anything that fails needs the object. */
  readonly likelihood: number
  readonly without?: Suspect['without']
  /** Observations that it explains beside the connections: the log line that it was read from. */
  readonly explains?: readonly string[]
}

/** A suspect of an object's state. */
export function suspected(cause: CauseId, { weight, explains }: Relevance, state: State): Suspect {
  return {
    cause,
    where: state.where,
    because: state.because,
    against: state.against ?? [],
    likelihood: round(state.likelihood * weight),
    ...(state.without?.length ? { without: state.without } : {}),
    explains: [...new Set([...explains, ...(state.explains ?? [])])],
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

/** A sentence with the place that it was read from. */
export const told = (text: string, source: Source | undefined): Because => ({ text, source })

export const quote = (text: string): string => `"${text.length > 300 ? `${text.slice(0, 300)}…` : text}"`
