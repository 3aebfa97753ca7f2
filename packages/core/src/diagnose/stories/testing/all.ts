import type { Story } from '../../testing/story.ts'
import { CLUSTER_OBJECTS } from './cluster-objects.ts'
import { CONTAINERS } from './containers.ts'
import { DEPLOYMENTS } from './deployments.ts'
import { DOCKER_LINKS } from './docker-links.ts'
import { DOCKER_PUBLISHED } from './docker-published.ts'
import { DOCKER_ROUTES } from './docker-routes.ts'
import { DOCKER_RULES } from './docker-rules.ts'
import { HOST_STATES } from './host-states.ts'
import { NODE_FILTERS } from './node-filters.ts'
import { NODE_LEFTOVERS } from './node-leftovers.ts'
import { NODE_ROUTES } from './node-routes.ts'
import { NODE_RULES } from './node-rules.ts'
import { NODE_SERVICES } from './node-services.ts'
import { OVERLAYS } from './overlays.ts'

import { WRONG_SERVERS } from './wrong-servers.ts'
export const STORIES: readonly Story[] = [
  ...DOCKER_ROUTES,
  ...DOCKER_LINKS,
  ...DOCKER_RULES,
  ...NODE_LEFTOVERS,
  ...NODE_ROUTES,
  ...NODE_RULES,
  ...NODE_SERVICES,
  ...NODE_FILTERS,
  ...DOCKER_PUBLISHED,
  ...OVERLAYS,
  ...CONTAINERS,
  ...CLUSTER_OBJECTS,
  ...HOST_STATES,
  ...DEPLOYMENTS,
  ...WRONG_SERVERS,
]
