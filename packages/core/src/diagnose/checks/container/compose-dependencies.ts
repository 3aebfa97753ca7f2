import { because, type Check, type Examined, type Found, seen, together } from '../check.ts'
import type { CheckScene } from '../scene.ts'

type Known = CheckScene['objects']['containers'][number]

const label = ({ container }: Known, key: string): string | undefined => container.labels[`com.docker.compose.${key}`]

export const composeDependencies: Check = {
  id: 'compose-dependencies',
  holds: 'the services that a compose service depends on run, and share a network with it',
  why: 'the container cannot reach its database, broker or API, and says so in its log',
  evidence: ['hosts/HOST/docker/inspect.json', 'hosts/HOST/files/…/compose.yaml'],
  causes: ['container.dependency', 'container.network-mode'],
  runbook: 'compose-down-up',
  run(scene) {
    const { containers } = scene.objects
    const own = containers.filter((known) => known.container.complete && label(known, 'service') !== undefined)
    return together(own.flatMap((known) => dependenciesOf(scene, known).map((name): Examined => examine(known, name, own))))
  },
}

/** From the label that compose v2 writes (`db:service_healthy:false,…`), or the compose file. */
function dependenciesOf(scene: CheckScene, known: Known): readonly string[] {
  const labelled = (label(known, 'depends_on') ?? '').split(',').flatMap((part) => part.split(':')[0] || [])
  if (labelled.length > 0) return labelled
  const service = label(known, 'service')
  return scene.documents.flatMap(({ content, place }) =>
    content.kind === 'host-state' && content.state.kind === 'compose' && (place.host ?? known.host) === known.host
      ? (content.state.services.find(({ name }) => name === service)?.dependsOn ?? [])
      : [],
  )
}

function examine(known: Known, name: string, all: readonly Known[]): Examined {
  const { container, host } = known
  const project = label(known, 'project')
  const others = all.filter((other) => other.host === host && label(other, 'project') === project && label(other, 'service') === name)
  const object = `container ${container.name}`
  const reason = because(`${container.name} depends on ${name}`, container.source)
  const found = (cause: Found['cause'], text: string, more: readonly Known[], severity: Found['severity'] = 'error'): Examined =>
    seen({
      severity,
      cause,
      host,
      object,
      text,
      because: [
        reason,
        ...more.map((other) =>
          because(
            `${other.container.name}: ${other.container.state}${other.container.run?.health === undefined ? '' : `, ${other.container.run.health}`}`,
            other.container.source,
          ),
        ),
      ],
    })
  if (others.length === 0)
    return container.state === 'running'
      ? found('container.dependency', `${container.name} depends on ${name}, and no container of project ${project} is that service`, [])
      : seen()
  // A service that does its work and ends (a migration) has done it.
  const fine = others.filter(({ container: other }) => other.state === 'running' || other.run?.exitCode === 0)
  if (fine.length === 0)
    return found('container.dependency', `${container.name} depends on ${name}, which does not run (${others[0]?.container.state})`, others)
  const sick = fine.filter(({ container: other }) => other.run?.health === 'unhealthy')
  if (sick.length === fine.length) return found('container.dependency', `${container.name} depends on ${name}, which is unhealthy`, sick)
  const networks = new Set(container.endpoints.map(({ network }) => network))
  const near = fine.some(
    ({ container: other }) => other.state !== 'running' || other.endpoints.some(({ network }) => networks.has(network)),
  )
  const special =
    /^(?:host|none|container:)/.test(container.networkMode ?? '') ||
    fine.some(({ container: other }) => /^(?:host|none|container:)/.test(other.networkMode ?? ''))
  if (near || special) return seen()
  return found(
    'container.network-mode',
    `${container.name} depends on ${name}, and they share no network (${[...networks].join(', ') || 'none'} against ${fine.flatMap(({ container: other }) => other.endpoints.map(({ network }) => network)).join(', ') || 'none'})`,
    fine,
  )
}
