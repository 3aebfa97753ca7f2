import { formatAddress } from '../../../net/address.ts'
import type { Scene } from '../../scene.ts'
import { aimsOf } from '../aim.ts'
import type { Cause, Suspect } from '../cause.ts'

const PROXY = /^pod\/[^/]+\/kube-proxy(?:-|$)/

/** kube-proxy's pod is down, and what fails goes to a Service. */
export const proxyDown: Cause = {
  id: 'service.proxy-stale',
  suspects: (scene) => {
    const down = scene.observations.filter((one) => one.kind === 'state' && PROXY.test(one.object))
    const [first] = down
    const explains = aimsOf(scene)
      .filter(
        ({ symptom, place }) =>
          (symptom.result === 'timeout' || symptom.result === 'refused' || symptom.result === 'fails') && !place?.startsWith('pod/'),
      )
      .flatMap(({ symptom }) => symptom.observation ?? [])
    return first?.kind === 'state' && explains.length > 0 ? [suspect(scene, first, explains)] : []
  },
}

const suspect = (
  scene: Scene,
  seen: { readonly id: string; readonly text: string; readonly source?: Suspect['where']['source'] },
  explains: readonly string[],
): Suspect => ({
  cause: 'service.proxy-stale',
  where: { host: '', object: 'kube-proxy', source: seen.source },
  because: [
    { text: `nobody writes the rules of Services there: ${seen.text}`, source: seen.source, observation: seen.id },
    ...aimsOf(scene)
      .slice(0, 1)
      .map(({ addresses }) => ({ text: `what fails goes to ${[...addresses].map(formatAddress)[0] ?? 'a Service'}` })),
  ],
  against: [],
  likelihood: 0.86,
  explains: [seen.id, ...explains],
})
