import type { Cause } from './cause.ts'
import { pullSuspects } from './image-complaints.ts'

/** The registry cannot be reached or trusted, or does not let the node in. */
export const imageRegistry: Cause = {
  id: 'image.registry',
  suspects: (scene) => pullSuspects(scene, 'image.registry', { registry: 0.95, either: 0.5, missing: 0, untold: 0.5 }),
}
