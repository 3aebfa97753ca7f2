import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildCluster, capturedOf, node, pod, podAddress } from '../real/cluster-network.ts'
import { collect, writeBundle } from '../real/collect.ts'
import { Network } from '../real/network.ts'
import { missingForReal } from '../requirements.ts'
import { CASES } from './cases.ts'
import { culprit } from './culprit.ts'
import { writeDaemons } from './daemons.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no success criteria are tried on a kernel: ${reasons.join('; ')}\n`)
const SIZE = { nodes: 2, pods: 2, backend: 'nft' } as const

/** The nodes by the names of their namespaces, as a bundle of the machine would have them. */
async function bundleOf(network: Network, folder: string): Promise<string> {
  const captured = capturedOf(SIZE).map((one) => ({
    ...one,
    folder: one.folder.replace(/(^hosts\/|netns\/)([^/]+)/g, (_, before, name) => before + network.netns(name)),
  }))
  writeBundle(await collect(network, captured), folder)
  return folder
}

const statuses = (stdout: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (JSON.parse(stdout) as { criteria: { text: string; status: string }[] }).criteria.map(({ text, status }) => [text, status]),
  )

describe.skipIf(reasons.length > 0)('the success criteria of a diagnosis', () => {
  test.concurrent.each(['VXLAN blocked', 'overlay device with a stale address, light repair'])(
    '%s: they fail before the repair and hold after it, tried for real and on evidence',
    async (name) => {
      const one = CASES.find((known) => known.name === name)
      if (!one) throw new Error(`no case ${name}`)
      const network = new Network(name === 'VXLAN blocked' ? 'labs0x' : 'labs1x')
      try {
        await buildCluster(network, SIZE)
        const daemons = writeDaemons(network, SIZE.nodes, SIZE.pods)
        await one.breaks(network)
        await network.hasten()
        const [n1, from] = [
          network.netns(node(1)),
          one.from.replace(node(1), network.netns(node(1))).replace(/[^/]+$/, network.netns(one.inside)),
        ]
        const bundle = await bundleOf(network, join(network.folder, 'before'))
        const works = `${one.from.startsWith('netns') ? `netns/${n1}/${network.netns(pod(1, 2))}` : `host/${n1}`} -> ${podAddress(1, 1)}:80 connects`
        const question = ['--from', from, '--to', one.to, '--symptom', 'timeout', '--observe', works]
        const file = join(network.folder, 'diagnosis.json')
        writeFileSync(file, (await culprit(['diagnose', bundle, ...question, '-o', 'json'])).stdout)
        const criteria = ['check', '--criteria', file, '-o', 'json']
        const before = await culprit([...criteria, '--netns', n1])
        expect(before.stderr).toBe('')
        expect(before.code).toBe(1)
        expect(statuses(before.stdout)).toMatchObject({
          [`${from} reaches ${one.to}`]: 'fails',
          [`${from} still reaches ${podAddress(1, 1)}:80/tcp`]: 'holds',
        })
        expect((await culprit([...criteria, bundle])).code).toBe(1)

        const target = ['--netns', n1, '--state', join(network.folder, 'state')]
        const environment = { PATH: `${daemons.bin}:${process.env.PATH}` }
        const plan = join(network.folder, 'plan.json')
        await culprit(['repair', 'plan', ...target, ...one.plan(daemons, ''), '--out', plan], environment)
        const accepted = (one.accept ?? []).flatMap((guard) => ['--accept', guard])
        expect((await culprit(['repair', 'apply', plan, ...target, ...accepted], environment)).code).toBe(0)

        const after = await culprit([...criteria, '--netns', n1])
        expect(`${after.code} ${Object.values(statuses(after.stdout)).join()}`).toMatch(/^0 holds(?:,holds)*$/)
        const later = await culprit([...criteria, await bundleOf(network, join(network.folder, 'after'))])
        expect(`${later.code} ${Object.values(statuses(later.stdout)).join()}`).toMatch(/^0 holds(?:,holds)*$/)
      } finally {
        await network.close()
      }
    },
    180_000,
  )
})
