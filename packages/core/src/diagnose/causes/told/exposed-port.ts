import { parsePlace } from '../../../model/place.ts'
import { isLoopback } from '../../../net/special.ts'
import type { Scene, Symptom } from '../../scene.ts'
import type { Because, Cause, Suspect } from '../cause.ts'

/** A port that should be closed is one that a container publishes: `docker ps` is enough to know. */
export const exposedPort: Cause = {
  id: 'exposure.published-past-firewall',
  suspects: (scene) =>
    scene.symptoms
      .filter(({ result, outcomes }) => result === 'exposed' && outcomes.length === 0)
      .flatMap((symptom) => suspects(scene, symptom)),
}

function suspects(scene: Scene, { request, observation }: Symptom): readonly Suspect[] {
  const port = parsePlace(request.to)?.port
  if (typeof port !== 'number') return []
  const explains = observation === undefined ? [] : [observation]
  return scene.objects.containers.flatMap(({ container, host }): readonly Suspect[] => {
    const published = container.ports.find(
      (one) => one.hostPort === port && !(one.hostAddress !== undefined && isLoopback(one.hostAddress)),
    )
    if (!published) return []
    return [
      {
        cause: 'exposure.published-past-firewall',
        where: { host: host ?? '', object: `published port ${port} of container ${container.name}`, source: container.source },
        because: [
          {
            text: `container ${container.name} publishes port ${port}: Docker translates what comes for it, and it goes through FORWARD and never meets INPUT`,
            source: container.source,
          },
          ...firewall(scene),
        ],
        against: [],
        likelihood: 0.92,
        explains,
      },
    ]
  })
}

const firewall = ({ documents }: Scene): readonly Because[] =>
  documents
    .filter(({ content }) => content.kind === 'recognised' && (content.format === 'ufw-status' || content.format === 'firewalld-zones'))
    .slice(0, 1)
    .map(({ file }) => ({ text: "the host's firewall guards INPUT", source: { file, line: 1 } }))
