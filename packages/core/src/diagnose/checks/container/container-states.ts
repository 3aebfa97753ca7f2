import { because, type Check, type Found } from '../check.ts'

export const containerStates: Check = {
  id: 'container-states',
  holds: 'containers that are meant to run do',
  why: 'what the container serves is not there',
  evidence: ['hosts/HOST/docker/inspect.json', 'hosts/HOST/docker/ps.json'],
  causes: ['app.crash', 'host.port-conflict'],
  run({ objects: { containers } }) {
    const findings = containers.flatMap(({ container, host }): readonly Found[] => {
      const { state, name, source, run } = container
      const { restartPolicy, exitCode, error, health, outOfMemory } = run ?? {}
      const meant = restartPolicy === 'always' || restartPolicy === 'unless-stopped' || restartPolicy === 'on-failure'
      const what =
        state === 'restarting'
          ? `restarts again and again${exitCode === undefined ? '' : ` (exit code ${exitCode})`}`
          : (state === 'exited' || state === 'dead' || state === 'created') &&
              (error !== undefined || (meant && exitCode !== undefined && exitCode !== 0))
            ? `is ${state}${error === undefined ? ` with exit code ${exitCode}` : `: ${error}`}`
            : health === 'unhealthy'
              ? 'is unhealthy'
              : undefined
      if (what === undefined) return []
      const port = /address already in use|port is already allocated/.test(error ?? '')
      return [
        {
          severity: state === 'restarting' || error !== undefined ? 'error' : 'warning',
          cause: port ? 'host.port-conflict' : 'app.crash',
          host,
          object: `container ${name}`,
          text: `container ${name} ${what}${outOfMemory ? ' (out of memory)' : ''}`,
          because: [because(`${name}: ${state}${error === undefined ? '' : `, ${error}`}`, source)],
        },
      ]
    })
    return { looked: containers.length, findings, missing: [] }
  },
}
