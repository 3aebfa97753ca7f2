import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DockerEngine } from '../real/docker-engine.ts'
import { Network, output } from '../real/network.ts'
import { missingForDocker, missingForReal } from '../requirements.ts'
import { culprit, type Ended } from './culprit.ts'

const reasons = [...missingForReal(), ...missingForDocker()]
if (reasons.length) console.warn(`\nSKIPPED: no container of a real engine is repaired: ${reasons.join('; ')}\n`)

describe.skipIf(reasons.length > 0)('a container that shares the network of another, on a real engine', () => {
  const network = new Network('labo')
  const engine = new DockerEngine(network)
  const environment = { DOCKER_HOST: `unix://${join(network.folder, 'docker.sock')}` }
  beforeAll(async () => {
    await engine.up()
    network.beforeClose(() => engine.docker('rm', '-f', 'side'))
    await engine.docker('run', '-d', '--name', 'side', '--network', 'container:web', 'lab:1', '/bin/busybox', 'sleep', '3600')
  }, 120_000)
  afterAll(() => network.close())

  const target = (): readonly string[] => ['--netns', network.netns('engine'), '--state', join(network.folder, 'state')]
  const running = async (name: string): Promise<string> => (await engine.docker('inspect', '-f', '{{.State.Running}}', name)).trim()
  async function repaired(owner: string, container: string): Promise<Ended> {
    const plan = join(network.folder, `${owner}-${container}.json`)
    const made = await culprit(
      [
        'repair',
        'plan',
        ...target(),
        '--runbook',
        'restart-owner-first',
        '--set',
        `owner=${owner}`,
        '--set',
        `container=${container}`,
        '--out',
        plan,
        '-q',
      ],
      environment,
    )
    if (made.code !== 0) return made
    return culprit(['repair', 'apply', plan, ...target()], environment)
  }

  test('its owner has stopped: the engine refuses it, the check of what it says finds why, and the runbook starts both in their order', async () => {
    await engine.docker('stop', '-t', '1', 'side', 'web')
    const refused = await engine.docker('start', 'side').catch((error: unknown) => String(error))
    expect(refused).toContain('non running container')
    const inspected = join(network.folder, 'bundle')
    await output(['mkdir', '-p', `${inspected}/hosts/engine/docker`])
    await output(['sh', '-c', 'cat >"$0"', `${inspected}/hosts/engine/docker/inspect.json`], await engine.docker('inspect', 'web', 'side'))
    const found = await culprit(['check', inspected, '--only', 'container-network-owner', '-o', 'json'])
    expect((JSON.parse(found.stdout) as { findings: unknown[] }).findings).toMatchObject([
      { cause: 'container.netns-owner', where: { object: 'container side' }, runbook: 'restart-owner-first' },
    ])

    const applied = await repaired('web', 'side')
    expect(`${applied.code} ${applied.stderr}`).toMatch(/^0 /)
    expect([await running('web'), await running('side')]).toEqual(['true', 'true'])
  }, 180_000)

  test('a container that shares with nobody: the runbook stops before it does anything', async () => {
    await engine.docker('stop', '-t', '1', 'side', 'web')
    const applied = await repaired('side', 'web')
    expect(`${applied.code} ${applied.stderr}`).toMatch(/^5 [\s\S]*not so: web shares the network of side/)
    expect([await running('web'), await running('side')]).toEqual(['false', 'false'])
  }, 180_000)
})
