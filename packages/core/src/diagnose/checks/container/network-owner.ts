import { because, type Check, type Found } from '../check.ts'

export const networkOwner: Check = {
  id: 'container-network-owner',
  holds: 'the container whose network another one shares runs',
  why: 'the container cannot start: "cannot join network of a non running container"; or it runs without a network',
  evidence: ['hosts/HOST/docker/inspect.json'],
  causes: ['container.netns-owner'],
  runbook: 'restart-owner-first',
  run({ objects: { containers } }) {
    const sharing = containers.flatMap((known) => {
      const owner = /^container:(.+)$/.exec(known.container.networkMode ?? '')?.[1]
      return owner === undefined ? [] : [{ ...known, owner }]
    })
    const findings = sharing.flatMap(({ container, host, owner }): readonly Found[] => {
      const found = containers.find(
        (other) =>
          other.host === host &&
          (other.container.id.startsWith(owner) || owner.startsWith(other.container.id || '-') || other.container.name === owner),
      )
      const state = found?.container.state
      if (found && (state === 'running' || state === 'paused' || state === undefined))
        return startedBefore(container, found.container) ? [late(container, found.container, host)] : []
      const what = found
        ? `${found.container.name} (${found.container.id.slice(0, 12)}), which is ${state}`
        : `${owner.slice(0, 12)}, which does not exist`
      return [
        {
          severity: 'error',
          cause: 'container.netns-owner',
          host,
          object: `container ${container.name}`,
          text: `container ${container.name} uses the network of ${what}`,
          because: [
            because(`${container.name}: NetworkMode container:${owner.slice(0, 12)}`, container.source),
            ...(found ? [because(`${found.container.name}: ${state}`, found.container.source)] : []),
          ],
        },
      ]
    })
    return { looked: sharing.length, findings, missing: [] }
  },
}

type Container = Parameters<Check['run']>[0]['objects']['containers'][number]['container']

/** It was started before its owner's present run: its network is the one of the run before, which is gone. */
const startedBefore = (one: Container, owner: Container): boolean =>
  one.state === 'running' &&
  one.run?.startedAt !== undefined &&
  owner.run?.startedAt !== undefined &&
  one.run.startedAt < owner.run.startedAt

const late = (one: Container, owner: Container, host: string | undefined): Found => ({
  severity: 'error',
  cause: 'container.netns-owner',
  host,
  object: `container ${one.name}`,
  text: `container ${one.name} still uses the network of an earlier run of ${owner.name}, which has been restarted since`,
  because: [
    because(`${one.name} started at ${one.run?.startedAt}`, one.source),
    because(`${owner.name} started at ${owner.run?.startedAt}`, owner.source),
  ],
})
