import type { Result } from '../observations/observation.ts'

/** How a failure shows: who refuses says so at once, who drops says nothing. `misled`: somebody else answers. */
export type Manner = 'refused' | 'silent' | 'unreachable' | 'later' | 'misled' | 'any'

/** How a result shows. */
export function mannerOf(result: Result): Manner {
  switch (result) {
    case 'refused':
      return 'refused'
    case 'timeout':
      return 'silent'
    case 'unreachable':
    case 'not-permitted':
      return 'unreachable'
    case 'reset':
    case 'stalls':
    case 'application-error':
      return 'later'
    case 'wrong-server':
      return 'misled'
    default:
      return 'any'
  }
}
