import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildCluster, capturedOf, node } from '../real/cluster-network.ts'
import { collect, writeBundle } from '../real/collect.ts'
import { connectAll } from '../real/connections.ts'
import { DockerEngine } from '../real/docker-engine.ts'
import { Network } from '../real/network.ts'
import { missingForDocker, missingForReal } from '../requirements.ts'
import { CASES, type Case, OBJECTS } from './cases.ts'
import { culprit } from './culprit.ts'
import { writeDaemons } from './daemons.ts'
import { difference, stateOf } from './machine.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no repair is tried on a kernel: ${reasons.join('; ')}\n`)
const SIZE = { nodes: 2, pods: 2, backend: 'nft' } as const

describe.skipIf(reasons.length > 0)('broken, diagnosed, planned, applied, verified by real connections, rolled back', () => {
  test.concurrent.each(CASES.map((one, i) => [one.name, one, i] as const))(
    '%s',
    async (_, one, i) => {
      const network = new Network(`labr${i}x`)
      try {
        await story(network, one)
      } finally {
        await network.close()
      }
    },
    120_000,
  )
})

async function story(network: Network, { breaks, inside, from, to, causes, plan: planned, accept = [] }: Case): Promise<void> {
  await buildCluster(network, SIZE)
  const daemons = writeDaemons(network, SIZE.nodes, SIZE.pods)
  const saved = join(network.folder, 'iptables-nft-save.txt')
  writeFileSync(saved, await network.run(node(1), ['iptables-nft-save']))
  const connects = async (): Promise<boolean> =>
    (await connectAll(network, [{ name: '', inside, to, from: { from }, tries: 1 }]))[0]?.connections.has('connects') ?? false
  expect(await connects()).toBe(true)

  await breaks(network)
  await network.hasten()
  expect(await connects()).toBe(false)
  await diagnosed(network, from, to, causes)

  const target = ['--netns', network.netns(node(1)), '--state', join(network.folder, 'state')]
  await mended(network, node(1), target, planned(daemons, saved), accept, { PATH: `${daemons.bin}:${process.env.PATH}` }, connects)
}

async function diagnosed(network: Network, from: string, to: string, causes: readonly string[]): Promise<void> {
  const bundle = join(network.folder, 'bundle')
  const objects = Object.entries(OBJECTS).map(([path, list]) => [path, JSON.stringify(list)] as const)
  writeBundle(new Map([...(await collect(network, capturedOf(SIZE))), ...objects]), bundle)
  const diagnosis = await culprit(['diagnose', bundle, '--from', from, '--to', to, '--symptom', 'timeout', '-o', 'json'])
  const found = (JSON.parse(diagnosis.stdout) as { causes: { id: string }[] }).causes.map(({ id }) => id)
  expect(
    found.filter((id) => causes.includes(id)),
    `found ${found.join(', ') || 'none'}`,
  ).not.toEqual([])
}

/** Plans, applies, tries, rolls back and tries again; everything must be as it was. */
async function mended(
  network: Network,
  name: string,
  target: readonly string[],
  planned: readonly string[],
  accept: readonly string[],
  environment: NodeJS.ProcessEnv,
  connects: () => Promise<boolean>,
): Promise<void> {
  const broken = await stateOf(network, name)
  const file = join(network.folder, 'plan.json')
  const plan = await culprit(['repair', 'plan', ...target, ...planned, '--out', file, '-o', 'json'], environment)
  expect(plan.stderr.trim()).toBe(`plan: ${file}`)
  const { id, guards } = JSON.parse(plan.stdout) as { id: string; guards: { id: string; status: string }[] }
  const against = guards.filter(({ status }) => status !== 'holds').map((guard) => guard.id)
  expect(against.filter((guard) => !accept.some((known) => guard.startsWith(known)))).toEqual([])

  const applied = await culprit(['repair', 'apply', file, ...target, ...against.flatMap((guard) => ['--accept', guard])], environment)
  expect(applied.stderr).not.toContain('error:')
  expect(applied.code).toBe(0)
  expect(await connects()).toBe(true)

  const back = await culprit(['repair', 'rollback', id, ...target], environment)
  expect(`${back.code} ${back.stderr}`).toBe('0 ')
  expect(difference(broken, await stateOf(network, name)).join('\n')).toBe('')
  expect(await connects()).toBe(false)
}

const noDocker = missingForDocker()
if (reasons.length === 0 && noDocker.length) console.warn(`\nSKIPPED: no real Docker engine is repaired: ${noDocker.join('; ')}\n`)

describe.skipIf(reasons.length > 0 || noDocker.length > 0)('a Docker engine whose rules were flushed', () => {
  test('is mended from a saved ruleset, and rolled back', async () => {
    const network = new Network('labr')
    const engine = new DockerEngine(network)
    try {
      await engine.up()
      const to = `${await engine.address()}:80`
      const connects = async (): Promise<boolean> =>
        (await connectAll(network, [{ name: '', inside: 'client', to, from: { from: 'host/client' }, tries: 1 }]))[0]?.connections.has(
          'connects',
        ) ?? false
      const saved = join(network.folder, 'iptables-nft-save.txt')
      writeFileSync(saved, await network.run('engine', ['iptables-nft-save']))
      expect(await connects()).toBe(true)
      for (const table of ['filter', 'nat']) await network.run('engine', ['iptables-nft', '-t', table, '-F'])
      await network.hasten()
      expect(await connects()).toBe(false)
      const target = ['--netns', network.netns('engine'), '--state', join(network.folder, 'state')]
      await mended(network, 'engine', target, ['--restore', saved], ['owner'], {}, connects)
    } finally {
      await network.close()
    }
  }, 120_000)
})
