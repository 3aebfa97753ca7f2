import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { missingForReal } from '../requirements.ts'
import { CRITERIA, mayRoute, repairs } from './config.ts'
import { Machine } from './machine.ts'

const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no watch is tried on a kernel: ${reasons.join('; ')}\n`)

/** A story on a machine of its own. */
const story = (name: string, tell: (machine: Machine) => Promise<void>): void =>
  test.concurrent(name, async () => {
    const machine = await Machine.start('labw1')
    try {
      await tell(machine)
    } finally {
      await machine.stop()
    }
  }, 300_000)

describe.skipIf(reasons.length > 0)('a watch over a machine', () => {
  story('a fault is found, repaired by an allowed runbook, verified, and closed after the quiet time', async (machine) => {
    const before = await machine.network()
    const watching = machine.watch(mayRoute('192.0.2.1'))
    await watching.good()
    await machine.run('ip route del default')
    await watching.says('closed beyond')
    await watching.says('closed pod')
    expect(await watching.end()).toBe(0)
    const kinds = watching.kinds().filter((kind) => kind.endsWith(' beyond') && !kind.startsWith('updated'))
    expect(kinds).toEqual(['opened beyond', 'repairing beyond', 'repaired beyond', 'recovered beyond', 'closed beyond'])
    expect(watching.kinds()).not.toContain('repairing pod')
    const incident = machine.incident('beyond')
    expect(incident).toMatchObject({ state: 'closed', causes: [{ id: 'route.missing-default' }], repairs: [{ outcome: 'repaired' }] })
    expect(incident.changes.map(({ text }) => text).join('\n')).toContain('default')
    const { before: good, after: bad } = incident.snapshots
    expect([good, bad].map((snapshot) => existsSync(snapshot?.path ?? ''))).toEqual([true, true])
    expect(await machine.network()).toBe(before)
    // The snapshots are evidence as any other.
    const traced = [good, bad].map((snapshot) =>
      machine.culprit('trace', snapshot?.path ?? '', '--from', 'host/labw1', '--to', '203.0.113.80'),
    )
    expect(traced.map(({ code }) => code)).toEqual([0, 1])
  })

  story('what the diagnosis proves and recommends is done where the configuration allows it', async (machine) => {
    const before = await machine.network()
    const watching = machine.watch(repairs('name: hijack, causes: [nat.hijack], option: recommended, risk: medium'))
    await watching.good()
    await machine.run('iptables-nft -t nat -I PREROUTING 1 -p tcp --dport 9000 -j REDIRECT --to-ports 9')
    await watching.says('closed pod')
    await watching.end()
    expect(machine.incident('pod')).toMatchObject({ causes: [{ id: 'nat.hijack', status: 'proved' }], repairs: [{ outcome: 'repaired' }] })
    expect(await machine.network()).toBe(before)
  })

  story('what is not allowed is reported, and nothing is touched', async (machine) => {
    const watching = machine.watch(repairs('name: other, causes: [route.overlap], option: recommended'))
    await watching.good()
    await machine.run('ip route del default')
    const broken = await machine.network()
    await watching.says('updated beyond', 2)
    await watching.end()
    expect(watching.kinds().join(' ')).not.toContain('repairing')
    const incident = machine.incident('beyond')
    expect(incident).toMatchObject({ state: 'open', causes: [{ id: 'route.missing-default' }], repairs: [] })
    expect(incident.notes.join()).toContain('no permission names a cause that was found')
    expect(await machine.network()).toBe(broken)
    await machine.run('ip route add default via 192.0.2.1 dev eth0')
    // The next watch goes on with the same incidents, and closes them.
    const next = machine.watch(CRITERIA)
    await next.says('closed beyond')
    await next.end()
    expect(next.kinds()).not.toContain('opened beyond')
  })

  story('a repair that does not help is taken back, and none is made until a person says so', async (machine) => {
    const watching = machine.watch(mayRoute('192.0.2.99', '  timer: 30s\n  backoff: 1s\n'))
    await watching.good()
    await machine.run('ip route del default')
    const broken = await machine.network()
    await watching.says('repairs-stopped')
    expect(machine.incident('beyond').repairs).toMatchObject([{ outcome: 'rolled-back' }])
    expect(await machine.network()).toBe(broken)
    await watching.says('updated beyond', 2)
    expect(watching.kinds().filter((kind) => kind.startsWith('repairing'))).toHaveLength(1)
    machine.culprit('watch', 'resume', '--state', machine.state)
    await watching.says('repairs-resumed')
    await watching.says('repairs-stopped', 2)
    await watching.end()
  })

  story('a second watch on the same folder is refused; SIGHUP reads the configuration again', async (machine) => {
    const watching = machine.watch(CRITERIA)
    await watching.says('started')
    const file = join(machine.folder, 'watch.yaml')
    const refused = machine.culprit('watch', '--config', file, '--state', machine.state)
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('another watch works on') })
    writeFileSync(file, 'criteria: 3\n')
    await watching.signal('HUP')
    await watching.says('reload-failed')
    writeFileSync(file, CRITERIA.replace('name: pod', 'name: other'))
    await watching.signal('HUP')
    await watching.says('reloaded')
    await watching.end()
  })

  story('a disk without room is told, the watch goes on in memory, and writes what it kept when there is room', async (machine) => {
    await machine.run(`mkdir -p ${machine.state}`)
    await machine.run(`mount -t tmpfs -o size=512k none ${machine.state}`)
    const watching = machine.watch(mayRoute('192.0.2.1'))
    await watching.good()
    await machine.fill(`${machine.state}/fill`)
    await watching.says('store-lost')
    await machine.run('ip route del default')
    await watching.says('opened beyond')
    await watching.says('updated beyond')
    await watching.says('updated beyond', 2)
    expect(watching.kinds()).not.toContain('repairing beyond')
    await machine.run(`rm ${machine.state}/fill`)
    await watching.says('store-back')
    await watching.says('closed beyond')
    await watching.end()
    expect(machine.journal().split('"kind":"opened"')).toHaveLength(3)
    expect(machine.incident('beyond')).toMatchObject({ state: 'closed', repairs: [{ outcome: 'repaired' }] })
  })
})
