import { parsePlace } from '../../../model/place.ts'
import { formatAddress } from '../../../net/address.ts'
import { isLoopback } from '../../../net/special.ts'
import type { Scene, Symptom } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'

/** What comes of a connection to a published port behind which nobody listens: docker-proxy takes it, and the container refuses. */
const FITS: ReadonlySet<string | undefined> = new Set(['reset', 'refused', 'application-error', 'fails'])

/**
 * `ss` of a container shows a listener on loopback, for the port that is refused from outside of it. Of the container's network nothing
 * else has to be known.
 */
export const loopbackListener: Cause = {
  id: 'app.loopback-only',
  suspects: (scene) =>
    scene.symptoms
      .filter(({ result, outcomes }) => FITS.has(result) && outcomes.length === 0)
      .flatMap((symptom) => suspects(scene, symptom)),
}

function suspects(scene: Scene, symptom: Symptom): readonly Suspect[] {
  const to = parsePlace(symptom.request.to)
  if (typeof to?.port !== 'number') return []
  const { port } = to
  return scene.model.namespaces.flatMap((namespace): readonly Suspect[] => {
    const heard = (namespace.sockets ?? []).filter(
      (socket) => socket.port === port && socket.protocol === 'tcp' && socket.state === 'LISTEN',
    )
    const [first] = heard
    if (namespace.name === '' || !first || heard.some(({ address }) => address === undefined || !isLoopback(address))) return []
    return [
      {
        cause: 'app.loopback-only',
        where: { host: namespace.host, netns: namespace.name, object: `port ${port}/tcp of ${namespace.name}`, source: first.source },
        because: [
          {
            text: `in ${namespace.name} the only listener on port ${port} is bound to ${formatAddress(first.address ?? 0)}`,
            source: first.source,
          },
          { text: 'what comes from outside of the container asks for its other address', observation: symptom.observation },
        ],
        against: [],
        likelihood: 0.92,
        explains: symptom.observation === undefined ? [] : [symptom.observation],
      },
    ]
  })
}
