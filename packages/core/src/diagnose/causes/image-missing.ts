import type { Cause } from './cause.ts'
import { pullSuspects } from './image-complaints.ts'

/** The registry answers, and has no such image. */
export const imageMissing: Cause = {
  id: 'image.missing',
  suspects: (scene) => pullSuspects(scene, 'image.missing', { missing: 0.95, either: 0.7, registry: 0, untold: 0.5 }),
}
