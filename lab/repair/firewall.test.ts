import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectAll } from '../real/connections.ts'
import { Network } from '../real/network.ts'
import { missingForReal } from '../requirements.ts'
import { culprit } from './culprit.ts'
import { difference, stateOf } from './machine.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no firewall is opened: ${reasons.join('; ')}\n`)

const INVENTORY =
  '[kube_control_plane]\nn1 ansible_host=192.0.2.1\n[kube_node]\nn[1:2]\n[kube_node:vars]\nkube_network_plugin=flannel\n[all]\nn2 ansible_host=192.0.2.2\n'

/** The same guard, written with each program. */
const GUARDS = {
  iptables: {
    file: '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 10250 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 9999 -j ACCEPT\nCOMMIT\n',
    argv: ['iptables-nft-restore'],
  },
  nftables: {
    file: 'table inet guard {\n chain input {\n type filter hook input priority 0; policy drop;\n iif lo accept\n ct state established,related accept\n tcp dport { 10250, 9999 } accept\n }\n}\n',
    argv: ['nft', '-f', '-'],
  },
} as const

describe.skipIf(reasons.length > 0)('the ports that roles need', () => {
  let network: Network
  let folder = ''
  let count = 0
  beforeEach(async () => {
    network = new Network(`labf${count++}x`)
    folder = network.folder
    for (const [i, name] of ['n1', 'n2'].entries()) {
      await network.add(name)
      if (i === 1) await network.ip('n1', 'link add eth0 type veth peer name eth0 netns @n2')
    }
    for (const [i, name] of ['n1', 'n2'].entries()) {
      await network.ip(name, `addr add 192.0.2.${i + 1}/24 dev eth0`)
      await network.ip(name, 'link set eth0 up')
    }
    await network.ip('n1', 'route add default via 192.0.2.2')
    network.serve('n1', 'api', 6443)
    network.serve('n1', 'stray', 9999)
    await network.listens('n1', 6443)
    writeFileSync(join(folder, 'inventory.ini'), INVENTORY)
  })
  afterEach(() => network.close())

  const connects = async (): Promise<boolean> =>
    (
      await connectAll(network, [{ name: '', inside: 'n2', from: { from: 'host/n2' }, to: '192.0.2.1:6443', tries: 1 }])
    )[0]?.connections.has('connects') ?? false

  test.each(['iptables', 'nftables'] as const)(
    '%s: what is missing is opened, serves, and is cleaned exactly',
    async (program) => {
      await network.run('n1', GUARDS[program].argv, GUARDS[program].file)
      const before = await stateOf(network, 'n1')
      expect(await connects()).toBe(false)
      const target = [
        '--inventory',
        join(folder, 'inventory.ini'),
        '--host',
        'n1',
        '--netns',
        network.netns('n1'),
        '--state',
        join(folder, 'state'),
      ]
      const plan = await culprit(['firewall', 'plan', ...target, '-o', 'json'])
      expect(plan.code).toBe(1)
      const { firewall, needs, superfluous } = JSON.parse(plan.stdout) as {
        firewall: string
        needs: { need: { what: string; ports: { first: number } }; state: string }[]
        superfluous: { port: number }[]
      }
      expect(firewall).toBe(program)
      expect(Object.fromEntries(needs.map(({ need, state }) => [need.ports.first, state]))).toEqual({
        6443: 'missing',
        10250: 'open',
        30000: 'missing',
        8472: 'missing',
      })
      expect(superfluous.map(({ port }) => port)).toEqual([9999])

      const applied = await culprit(['firewall', 'apply', ...target])
      expect(`${applied.code} ${applied.stderr.includes('error:')}`).toBe('0 false')
      expect(await connects()).toBe(true)
      expect((await culprit(['firewall', 'plan', ...target])).code).toBe(0)

      expect((await culprit(['firewall', 'clean', ...target])).code).toBe(0)
      expect(difference(before, await stateOf(network, 'n1')).join('\n')).toBe('')
      expect(await connects()).toBe(false)
    },
    120_000,
  )
})
