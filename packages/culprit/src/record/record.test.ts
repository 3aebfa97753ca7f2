import { spawnSync } from 'node:child_process'
import { hostname } from 'node:os'
import { createEngine } from '@culprit/core/datapath/engine'
import { readDocuments } from '@culprit/core/intake/documents'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileName } from '../collect/bundle.ts'
import { collect } from '../collect/collect.ts'
import { filesOf } from '../collect/live.ts'
import { localExecutor } from '../exec/local.ts'
import { namespaceExecutor } from '../exec/namespace.ts'
import { sshExecutor } from '../exec/ssh.ts'
import { sshdLacking, startSshd } from '../exec/testing/sshd.ts'
import { compareWay } from './compare.ts'
import { nftChains, readTarget } from './filter.ts'
import { recordOn, statusOn, stopOn } from './recorder.ts'
import { makeNetwork, type TestNetwork } from './testing/network.ts'

const lacking = process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0 ? undefined : 'no root, or no namespaces'

const chosen = (to: string, perSecond = 1000) => {
  const target = readTarget(to)
  if (typeof target === 'string') throw new Error(target)
  return { ...target, from: undefined, exclude: [], perSecond }
}

const WAYS = {
  nft: ['shop services 1', 'shop forward 3'],
  'iptables-nft': ['raw PREROUTING policy', 'nat PREROUTING 1', 'nat SVC 1', 'filter FORWARD 3', 'nat POSTROUTING policy'],
  'iptables-legacy': ['raw PREROUTING policy', 'nat PREROUTING 1', 'nat SVC 1', 'filter FORWARD 3', 'nat POSTROUTING policy'],
} as const

for (const backend of ['nft', 'iptables-nft', 'iptables-legacy'] as const) {
  describe.skipIf(lacking)(`recording packets on ${backend}${lacking ? ` (SKIPPED: ${lacking})` : ''}`, () => {
    let network: TestNetwork
    beforeAll(() => {
      network = makeNetwork(`crec${process.pid}${backend.at(-1)}`, backend)
    })
    afterAll(() => network?.remove())
    const router = () => namespaceExecutor(localExecutor(), { kind: 'name', name: network.router })

    test('the way of a packet, rule by rule; nothing stays', async () => {
      const before = network.state()
      const abort = new AbortController()
      const recording = await recordOn(router(), chosen('10.96.0.10:80'), {
        seconds: 30,
        packets: 100,
        pcap: true,
        signal: abort.signal,
        onReady: () => {
          network.connect('10.96.0.10', 80)
          network.connect('10.2.0.2', 80)
          setTimeout(() => abort.abort(), 300)
        },
      })
      expect(recording).toMatchObject({ error: undefined, warnings: [], lost: false })
      const [first, ...others] = recording.packets
      expect(others).toEqual([])
      expect(first).toMatchObject({
        iif: 'ea',
        header: { src: '10.1.0.2', dst: '10.96.0.10', dport: 80 },
        last: { dst: '10.2.0.2', dport: 8080 },
      })
      expect(first?.met.map(({ table, chain, rule }) => `${table} ${chain} ${rule}`)).toEqual(WAYS[backend])
      expect(recording.pcap.length).toBeGreaterThan(24)
      expect(network.state()).toBe(before)
      const engine = createEngine(readDocuments(filesOf(await collect({ local: true, ssh: [] }))))
      const way = first && compareWay(engine, fileName(hostname()), network.router, first)
      expect(way).toMatchObject({ verdict: 'same', difference: undefined })
      expect(way?.joined.find(({ met }) => met.chain === 'FORWARD' || met.chain === 'forward')?.text).toMatch(
        /--dport 8080 -j ACCEPT|dport 8080 accept/,
      )
      const missed = first && { ...first, met: first.met.filter(({ rule }) => rule !== 3) }
      expect(missed && compareWay(engine, fileName(hostname()), network.router, missed)).toMatchObject({ verdict: 'differs' })
    }, 120_000)

    test('a flood is heard at its limit only', async () => {
      const before = network.state()
      const recording = await recordOn(router(), chosen('10.96.0.10:80', 1), {
        seconds: 2,
        packets: 100,
        pcap: false,
        onReady: () => {
          for (let i = 0; i < 3; i++) spawnSync('nsenter', [`--net=/run/netns/${network.client}`, 'python3', '-c', FLOOD])
        },
      })
      expect(recording.end).toBe('time')
      expect(recording.packets.length).toBeGreaterThan(0)
      expect(recording.packets.length).toBeLessThan(20)
      expect(network.state()).toBe(before)
    })

    test('another terminal sees and ends it', async () => {
      const before = network.state()
      expect(await statusOn(router())).toEqual([])
      let stopped: unknown
      const recording = await recordOn(router(), chosen('10.96.0.10:80'), {
        seconds: 60,
        packets: 100,
        pcap: false,
        onReady: async () => {
          expect(await statusOn(router())).toMatchObject([{ table: expect.stringMatching(/^culprit_trace_\d+$/) }])
          stopped = await stopOn(router())
        },
      })
      expect(recording.end).toBe('a signal')
      await expect.poll(() => stopped).toHaveLength(1)
      expect(network.state()).toBe(before)
    })
  })
}

describe.skipIf(lacking ?? sshdLacking())(`recording over SSH${sshdLacking() ? ` (SKIPPED: ${sshdLacking()})` : ''}`, () => {
  test('when the connection is cut in the middle, the far side takes everything away by itself', async () => {
    const network = makeNetwork(`crecs${process.pid}`, 'iptables-legacy')
    const sshd = await startSshd()
    const ssh = sshExecutor(sshd.destination, { config: sshd.config })
    try {
      const before = network.state()
      let during = ''
      const recording = await recordOn(namespaceExecutor(ssh, { kind: 'name', name: network.router }), chosen('10.96.0.10:80'), {
        seconds: 60,
        packets: 100,
        pcap: true,
        onReady: () => {
          during = network.state()
          void ssh.close()
        },
      })
      expect(recording.error).toBeDefined()
      expect(during).toContain('table inet culprit_trace_')
      await expect.poll(() => network.state(), { timeout: 15_000 }).toBe(before)
    } finally {
      await ssh.close()
      await sshd.stop()
      network.remove()
    }
  }, 60_000)
})

const FLOOD = `import socket
for port in range(2000, 2200):
    s = socket.socket(); s.setblocking(False); s.bind(('', port)) if 0 else None
    s.connect_ex(('10.96.0.10', 80)); s.close()`

test('only what is asked for is traced, at a limit, and not by whom it is excluded', () => {
  const target = readTarget('[fd00::1]:443')
  if (typeof target === 'string') throw new Error(target)
  expect(nftChains({ ...target, from: undefined, exclude: [0xfd000000000000000000000000000009n], perSecond: 10 })).toContain(
    'ip6 daddr fd00::1 ip6 saddr != fd00::9 meta l4proto tcp tcp dport 443 limit rate 10/second burst 5 packets meta nftrace set 1',
  )
  expect(readTarget('web; reboot')).toContain('is no address')
  expect(readTarget('svc/default/web:80')).toContain('is no address')
})
