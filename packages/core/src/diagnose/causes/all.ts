import type { Cause, Family } from './cause.ts'
import { OBJECT_CAUSES } from './objects.ts'
import { PATH_CAUSES } from './path/all.ts'
import { routeOverlapSeen } from './route-overlap-seen.ts'
import { SEEN_FLOW } from './seen-flow.ts'
import { SEEN_TRANSLATION } from './seen-translation.ts'
import { SEEN_WAY } from './seen-way.ts'
import { TOLD_CAUSES } from './told/all.ts'

/** Every cause that culprit can recognise. */
export const CAUSES: readonly (Cause | Family)[] = [
  ...PATH_CAUSES,
  routeOverlapSeen,
  SEEN_WAY,
  SEEN_TRANSLATION,
  SEEN_FLOW,
  ...TOLD_CAUSES,
  ...OBJECT_CAUSES,
]
