import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { localExecutor } from '../exec/local.ts'
import { attemptAll } from './attempt.ts'
import { hostScript, probesLack, root } from './testing/host.ts'

const scratch = mkdtempSync(join(tmpdir(), 'culprit-probe-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Evidence is taken; then somebody drops port 80 of the pod's gateway, and refuses another. */
const STORY = `
ip -n pod link set lo up
busybox httpd -p 10.42.0.1:80 -h /
busybox httpd -p 10.42.0.1:8082 -h /
nft add rule inet own input tcp dport 7070 drop
node ${root}bin/culprit collect -q -o ${scratch}/before.tar.gz >/dev/null
nft insert rule inet own input tcp dport 80 drop
node ${root}bin/culprit matrix -q ${scratch}/before.tar.gz --probe --probe-seconds 4 -o json --from netns/probed/pod \\
  --to 10.42.0.1:80 10.42.0.1:8082 10.42.0.1:8080 10.42.0.1:7070 10.42.0.1:9999 10.42.0.1 10.42.0.77:80 192.0.2.99:80 10.42.0.1:99/udp outside
`

describe.skipIf(probesLack)(`probing a real host${probesLack ? ` (SKIPPED: ${probesLack})` : ''}`, () => {
  test('every way to fail is told apart, and what has changed since the evidence was taken is a finding', () => {
    const script = join(scratch, 'story.sh')
    writeFileSync(script, STORY)
    const { stdout } = spawnSync('sh', [hostScript, 'probed', 'sh', script], { encoding: 'utf8', maxBuffer: 1 << 26 })
    const { probe } = JSON.parse(stdout)
    const seen = Object.fromEntries(probe.attempts.map((one: Record<string, unknown>) => [one.to, [one.observed, one.by, one.agrees]]))
    expect(seen).toEqual({
      '10.42.0.1:80': ['timeout', null, false],
      '10.42.0.1:8082': ['connects', null, true],
      '10.42.0.1:8080': ['refused', '10.42.0.1', true],
      '10.42.0.1:7070': ['timeout', null, true],
      '10.42.0.1:9999': ['refused', '10.42.0.1', true],
      'host/probed': ['connects', null, true],
      '10.42.0.77:80': ['unreachable', null, true],
      '192.0.2.99:80': ['unreachable', '10.42.0.1', true],
      '10.42.0.1:99/udp': ['refused', '10.42.0.1', true],
    })
    expect(probe.attempts.find((one: { to: string }) => one.to === '10.42.0.1:8080').how).toBe('icmp 3/3')
    expect(probe.findings).toHaveLength(1)
    expect(probe.findings[0]).toMatchObject({
      id: 'probe-differs',
      text: expect.stringContaining('predicts connects, a real attempt finds timeout'),
    })
    expect(probe.skipped).toEqual([{ why: 'no address outside is named', pairs: 1 }])
  }, 180_000)
})

test('an attempt at what does not exist is an answer, not a failure', async () => {
  const attempt = { id: 1, protocol: 'tcp', dst: '127.0.0.1', port: 1, seconds: 2 } as const
  expect(await attemptAll(localExecutor(), [attempt])).toMatchObject([{ id: 1, outcome: 'refused', how: 'rst' }])
})

test('without python bash and ping try what they can', async () => {
  const executor = localExecutor()
  const without = {
    ...executor,
    run: (command: Parameters<typeof executor.run>[0]) =>
      executor.run(command.argv[0] === 'python3' ? { ...command, argv: ['culprit-no-such-program'] } : command),
  }
  const port = 1
  expect(await attemptAll(without, [{ id: 3, protocol: 'tcp', dst: '127.0.0.1', port, seconds: 2 }])).toMatchObject([
    { id: 3, outcome: 'refused' },
  ])
  expect(await attemptAll(without, [{ id: 4, protocol: 'udp', dst: '127.0.0.1', port, seconds: 2 }])).toMatchObject([
    { id: 4, outcome: 'error' },
  ])
})
