import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { containerCalled, containersOf, sharedWith } from './containers.ts'
import { relevance, towardsContainer } from './relevance.ts'
import { suspected, told } from './state.ts'

/** A container shares the network of one that does not run, or that was started anew without it. */
export const containerNetnsOwner: Cause = {
  id: 'container.netns-owner',
  suspects: (scene) =>
    containersOf(scene).flatMap((known) => {
      const name = sharedWith(known)
      const found = name === undefined ? undefined : trouble(scene, known, name)
      if (!found) return []
      const { container, host } = known
      return [
        suspected(
          'container.netns-owner',
          relevance(scene, (aim) => towardsContainer(scene, aim, known)),
          {
            where: { host: host ?? '', object: `container ${container.name}`, source: container.source },
            ...found,
          },
        ),
      ]
    }),
}

type Known = ReturnType<typeof containersOf>[number]

function trouble(scene: Scene, { container, host }: Known, name: string): Pick<Suspect, 'because' | 'likelihood'> | undefined {
  const owner = containerCalled(scene, host, name)?.container
  const short = /^[0-9a-f]{64}$/.test(name) ? name.slice(0, 12) : name
  const shares: Because = told(`container ${container.name} shares the network of ${owner?.name ?? short}`, container.source)
  if (!owner)
    // `docker ps` without -a, or an inspect of some containers only, does not show all there are.
    return {
      because: [shares, told(`no container ${short} is in the evidence`, undefined)],
      likelihood: container.state === 'running' ? 0.3 : 0.6,
    }
  if (owner.state !== undefined && owner.state !== 'running' && owner.state !== 'paused') {
    const exit = owner.run?.exitCode
    return {
      because: [shares, told(`${owner.name} is ${owner.state}${exit === undefined ? '' : `, exit code ${exit}`}`, owner.source)],
      likelihood: 0.95,
    }
  }
  const [own, its] = [container.run?.startedAt, owner.run?.startedAt]
  if (container.state === 'running' && own !== undefined && its !== undefined && its > own)
    return {
      because: [
        shares,
        told(`${owner.name} was started at ${its}, after ${container.name} (${own}): that still holds the former network`, owner.source),
      ],
      likelihood: 0.85,
    }
  return undefined
}
