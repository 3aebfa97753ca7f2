import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { sshdLacking, sshdPerConnection } from '../../packages/culprit/src/exec/testing/sshd.ts'
import { buildCluster, type ClusterSize, node, pod, podAddress, upTo } from '../real/cluster-network.ts'
import { connectAll } from '../real/connections.ts'
import { Network } from '../real/network.ts'
import { CASES, type Case } from '../repair/cases.ts'
import { culprit, startCulprit } from '../repair/culprit.ts'
import { difference, stateOf } from '../repair/machine.ts'
import { missingForReal } from '../requirements.ts'
import { onNode } from './hosts.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/culprit', import.meta.url))
const reasons = [...missingForReal(), ...(sshdLacking() === undefined ? [] : [sshdLacking()])]
if (reasons.length) console.warn(`\nSKIPPED: no live machine is diagnosed: ${reasons.join('; ')}\n`)

/** A cluster whose nodes are machines of their own behind a real sshd. What is done to them leaves them as they were. */
async function withHosts(
  label: string,
  size: ClusterSize,
  job: (network: Network, ssh: readonly string[]) => Promise<void>,
): Promise<void> {
  const network = new Network(label)
  const nodes = upTo(size.nodes)
  try {
    await buildCluster(network, size)
    const sshd = sshdPerConnection(Object.fromEntries(nodes.map((i) => [node(i), onNode(network, i, size).join(' ')])))
    try {
      await job(network, ['--ssh-config', sshd.config, '--ssh', ...nodes.map((i) => `root@${node(i)}`)])
    } finally {
      sshd.stop()
    }
  } finally {
    await network.close()
  }
}

const stateOfAll = async (network: Network, { nodes }: ClusterSize): Promise<string> =>
  (await Promise.all(upTo(nodes).map((i) => stateOf(network, node(i))))).join('\n')

const asked = ({ from, to }: Case): readonly string[] => ['--from', from, '--to', to, '--symptom', 'timeout', '-o', 'json']
const brokenBy = (name: string): Case => CASES.find((one) => one.name === name) as Case
const THREE = { nodes: 3, pods: 2, backend: 'nft' } as const

describe.skipIf(reasons.length > 0)('three hosts over a real SSH server', () => {
  test.each(["a VPN's route over the pods' network", 'VXLAN blocked', 'hijacked port', 'rules flushed, put back from a saved ruleset'])(
    'broken by: %s; diagnosed live, and from the bundle: the same answer; the hosts are left as they were',
    async (name) => {
      const broken = brokenBy(name)
      await withHosts('labv', THREE, async (network, ssh) => {
        await broken.breaks(network)
        await network.hasten()
        const before = await stateOfAll(network, THREE)
        const bundle = join(network.folder, 'bundle.tar.gz')
        const live = await culprit(['diagnose', '-q', ...ssh, ...asked(broken)])
        expect(`${(await culprit(['collect', '-q', ...ssh, '-o', bundle])).code}`).toBe('0')
        const offline = await culprit(['diagnose', '-q', bundle, ...asked(broken)])
        expect(`${live.stderr}${offline.stderr}`).toBe('')
        expect(JSON.parse(live.stdout)).toEqual(JSON.parse(offline.stdout))
        expect(live.code).toBe(offline.code)
        expect(JSON.parse(live.stdout).causes).not.toEqual([])
        expect(difference(before, await stateOfAll(network, THREE))).toEqual([])
      })
    },
    120_000,
  )

  test('real attempts from all three tell what the model tells, and are observations of the diagnosis', async () => {
    const broken = brokenBy('VXLAN blocked')
    await withHosts('labp', THREE, async (network, ssh) => {
      const bundle = join(network.folder, 'bundle.tar.gz')
      await broken.breaks(network)
      await network.hasten()
      expect((await culprit(['collect', '-q', ...ssh, '-o', bundle])).code).toBe(0)
      const from = ['--from', 'host/*', '--to', ...[1, 2, 3].map((i) => `${podAddress(i, 1)}:80`)]
      const matrix = await culprit(['matrix', '-q', bundle, ...ssh, '--probe', '--probe-seconds', '2', ...from, '-o', 'json'])
      const { probe } = JSON.parse(matrix.stdout)
      const failing = probe.attempts.filter((one: { observed: string }) => one.observed !== 'connects')
      expect(probe.attempts).toHaveLength(9)
      expect(failing.map((one: Record<string, string>) => `${one.from} ${one.to}`).sort()).toEqual([
        'host/n1 10.244.2.2:80',
        'host/n1 10.244.3.2:80',
        'host/n2 10.244.1.2:80',
        'host/n3 10.244.1.2:80',
      ])
      expect(probe.findings).toEqual([])
      const { from: sender, to } = broken
      const diagnosis = await culprit(['diagnose', '-q', bundle, ...ssh, '--probe', '--yes', '--from', sender, '--to', to, '-o', 'json'])
      const { observations, causes } = JSON.parse(diagnosis.stdout)
      expect(observations).toMatchObject([
        { kind: 'fails', text: `Tried just now: ${sender} to ${to} times out`, source: { file: `probe ${sender}`, line: 1 } },
      ])
      expect(causes[0]).toMatchObject({ id: 'overlay.blocked', status: 'proved', explains: ['o1'] })
    })
  }, 120_000)

  test.each(['nft', 'legacy'] as const)(
    'packets are recorded on all three at once (iptables-%s): the kernel does as the model says, and nothing stays',
    async (backend) => {
      const size = { ...THREE, backend }
      await withHosts('labt', size, async (network, ssh) => {
        // Native rules beside those of iptables, which iptables-legacy would not show.
        if (backend === 'nft') for (const i of upTo(3)) await network.run(node(i), ['nft', '-f', '-'], NATIVE)
        const before = await stateOfAll(network, size)
        const to = `${podAddress(3, 1)}:80`
        const { child, ended } = startCulprit(['record', 'start', ...ssh, '--to', to, '--for', '60s', '-o', 'json'])
        child.stderr?.on('data', async (text) => {
          if (!String(text).includes('make the packets now')) return
          await connectAll(network, [{ name: '', inside: pod(1, 2), to, from: { from: '' }, tries: 1 }])
          setTimeout(() => child.kill('SIGINT'), 1000)
        })
        const { stdout } = await ended
        const { places } = JSON.parse(stdout)
        const heard = (name: string) => places.find(({ place }: { place: string }) => place === `host/${name}`).packets
        expect(heard('n1')[0]).toMatchObject({ first: { dst: podAddress(3, 1) }, oif: 'flannel.1', compared: 'same' })
        expect(heard('n2')).toEqual([])
        expect(heard('n3')[0]).toMatchObject({ first: { dst: podAddress(3, 1) }, iif: 'flannel.1', compared: 'same' })
        const tables = new Set(heard('n1').flatMap(({ steps }: { steps: { table: string }[] }) => steps.map(({ table }) => table)))
        expect(tables).toContain('filter')
        if (backend === 'nft') expect(tables).toContain('own')
        expect(difference(before, await stateOfAll(network, size))).toEqual([])
      })
    },
    120_000,
  )
})

const NATIVE = `table inet own {
  chain forward { type filter hook forward priority 5; policy accept; tcp dport 80 counter accept; }
}
`

describe.skipIf(reasons.length > 0)('one host, by itself', () => {
  test('diagnosed live, and from the bundle that it takes of itself: the same answer', async () => {
    const size = { nodes: 1, pods: 2, backend: 'legacy' } as const
    const network = new Network('labo')
    try {
      await buildCluster(network, size)
      await network.run(node(1), ['iptables-legacy', '-I', 'FORWARD', '1', '-p', 'tcp', '--dport', '9000', '-j', 'DROP'])
      const bundle = join(network.folder, 'bundle.tar.gz')
      const inside = async (...args: readonly string[]) => {
        const [program = '', ...words] = [...onNode(network, 1, size), process.execPath, PROGRAM, ...args]
        return promisify(execFile)(program, words, { maxBuffer: 1 << 26 }).catch((error) => error as { stdout: string })
      }
      const question = ['--from', 'netns/n1/p11', '--to', '198.51.100.7:9000', '--symptom', 'timeout', '-o', 'json', '-q']
      const live = await inside('diagnose', ...question)
      await inside('collect', '-q', '-o', bundle)
      const offline = await inside('diagnose', bundle, ...question)
      expect(JSON.parse(live.stdout)).toEqual(JSON.parse(offline.stdout))
      expect(JSON.parse(live.stdout).causes[0]).toMatchObject({ id: 'filter.forward-rule', status: 'proved' })
    } finally {
      await network.close()
    }
  }, 120_000)
})
