import type { Scene } from '../scene.ts'
import type { Because, Cause } from './cause.ts'
import { composeService, containersOf } from './containers.ts'
import { relevance, towardsContainer } from './relevance.ts'
import { suspected, told } from './state.ts'

/** A container needs another of its compose project, and that one is down, unhealthy or not there. */
export const containerDependency: Cause = {
  id: 'container.dependency',
  suspects: (scene) =>
    containersOf(scene).flatMap((known) => {
      const { container, host } = known
      const needed = dependenciesOf(known).flatMap((service) => missing(scene, known, service))
      if (needed.length === 0) return []
      return [
        suspected(
          'container.dependency',
          relevance(scene, (aim) => towardsContainer(scene, aim, known)),
          {
            where: { host: host ?? '', object: `container ${container.name}`, source: container.source },
            because: needed,
            likelihood: 0.8,
          },
        ),
      ]
    }),
}

type Known = ReturnType<typeof containersOf>[number]

/** compose writes `mongodb:service_started:false,redis:service_healthy:false`. */
const dependenciesOf = ({ container }: Known): readonly string[] =>
  (container.labels['com.docker.compose.depends_on'] ?? '')
    .split(',')
    .filter((one) => one !== '' && !one.includes('service_completed_successfully'))
    .map((one) => one.split(':')[0] as string)

function missing(scene: Scene, known: Known, service: string): readonly Because[] {
  const own = composeService(known)
  const others = containersOf(scene).filter((one) => {
    const other = composeService(one)
    return one.host === known.host && other?.project === own?.project && other?.service === service
  })
  const needs = told(`container ${known.container.name} depends on service ${service}`, known.container.source)
  // A list of what runs does not show what is down; one that was stopped as well tells that the list is whole.
  if (others.length === 0) return []
  const well = others.some(
    ({ container }) => (container.state === undefined || container.state === 'running') && container.run?.health !== 'unhealthy',
  )
  if (well) return []
  return [
    needs,
    ...others.map(({ container }) =>
      told(
        `container ${container.name} of that service is ${container.state === 'running' ? (container.run?.health ?? 'running') : container.state}`,
        container.source,
      ),
    ),
  ]
}
