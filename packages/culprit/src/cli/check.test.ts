import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PLAIN } from '@culprit/core/report/style'
import { afterAll, describe, expect, it, test } from 'vitest'
import { type CheckFlags, check } from './commands/check.ts'
import type { Context } from './context.ts'

const folder = mkdtempSync(join(tmpdir(), 'culprit-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function run(file: string, text: string, flags: Partial<CheckFlags> = {}): Promise<{ readonly code: number; readonly out: string }> {
  const path = join(folder, file)
  writeFileSync(path, text)
  return over([path], flags)
}

async function over(paths: readonly string[], flags: Partial<CheckFlags>): Promise<{ readonly code: number; readonly out: string }> {
  const parts: string[] = []
  const context: Context = {
    out: { write: (part) => void parts.push(part), flush: async () => undefined },
    warn: () => undefined,
    style: PLAIN,
    quiet: true,
    verbose: false,
  }
  const code = await check(paths, { color: false, ...flags }, context)
  return { code, out: parts.join('') }
}

const FLANNEL = `$ ip a | grep 'inet.*flannel.1\\|inet.*cni0'
inet 10.10.2.1/24 scope global cni0
inet 10.10.2.0/32 scope global flannel.1
inet 10.10.4.0/32 scope global flannel.1
$ cat /var/run/flannel/subnet.env
FLANNEL_SUBNET=10.10.2.1/24
`

const examples = fileURLToPath(new URL('../../../../examples/', import.meta.url))

/** What is an error in a bundle of examples/. */
const EXAMPLES: readonly (readonly [name: string, causes: readonly string[]])[] = [
  ['docker-engine-published-port', []],
  ['docker-forward-policy', ['filter.forward-policy']],
  ['tailscale-steals-docker-subnet', ['route.overlap']],
]

test.each(EXAMPLES)('examples/%s: %s', async (name, causes) => {
  const { out } = await over([join(examples, name, 'bundle')], { output: 'json' })
  const { findings } = JSON.parse(out) as { readonly findings: readonly { readonly severity: string; readonly cause: string }[] }
  expect(findings.filter(({ severity }) => severity === 'error').map(({ cause }) => cause)).toEqual(causes)
})

describe('culprit check', () => {
  it('reads what somebody pasted, and says what is wrong with file and line', async () => {
    const { code, out } = await run('terminal.txt', FLANNEL, { output: 'json' })
    const report = JSON.parse(out)
    expect(code).toBe(1)
    expect(report.schema).toBe('culprit.check/v1')
    expect(report.findings).toEqual([
      {
        id: 'flannel-single-address',
        severity: 'error',
        cause: 'overlay.multiple-addresses',
        where: { host: 'host', object: 'flannel.1' },
        text: 'flannel.1 has 2 addresses: 10.10.2.0/32, 10.10.4.0/32; 10.10.4.0/32 is left from an earlier lease',
        because: expect.arrayContaining([
          { text: 'flannel.1 has 10.10.4.0/32', source: { file: expect.stringMatching(/terminal\.txt$/), line: 4 } },
        ]),
        runbook: 'overlay-light-repair',
      },
    ])
    expect(report.passed).toEqual(expect.arrayContaining(['flannel-subnet-agrees', 'flannel-vtep-mask']))
    expect(report.skipped.find(({ id }: { id: string }) => id === 'default-route')).toEqual({
      id: 'default-route',
      missing: expect.stringContaining('ip-route'),
    })
  })

  it('nothing wrong is exit code 0', async () => {
    expect(
      (
        await run('routes.txt', 'default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n', {
          only: ['default-route'],
        })
      ).code,
    ).toBe(0)
  })

  it('evidence that no check can use is exit code 3', async () => {
    expect(
      (await run('routes2.txt', '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n', { only: ['image-in-registry'] })).code,
    ).toBe(3)
  })

  it('a log that is too long to be kept is searched to its end, and control characters of it do not reach the terminal', async () => {
    const line = '2026-11-21T08:00:00Z node1 something ordinary happened on this machine, and nobody minds\n'
    const hostile = '2026-11-21T08:00:01Z node1 kernel: nf_conntrack: table full, dropping packet \u001b[2J\n'
    const half = line.repeat(110_000)
    const { out } = await run('long.log', `${half}${hostile}${half}`)
    expect(out).toContain('long.log:110001')
    expect(out).toContain('conntrack.full')
    expect(out).not.toContain('\u001b')
  })

  it('SARIF and Markdown hold the findings', async () => {
    const sarif = JSON.parse((await run('t.txt', FLANNEL, { output: 'sarif' })).out)
    expect(sarif.runs[0].results[0]).toMatchObject({ ruleId: 'flannel-single-address', level: 'error' })
    expect((await run('t.txt', FLANNEL, { output: 'markdown' })).out).toContain('| error | host: flannel.1 |')
  })

  it('an unknown check is wrong usage', async () => {
    await expect(run('t.txt', FLANNEL, { only: ['nonsense'] })).rejects.toMatchObject({ exitCode: 2 })
  })
})
