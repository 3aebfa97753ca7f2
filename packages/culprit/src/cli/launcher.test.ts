import { spawn } from 'node:child_process'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { VERSION } from './program.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const launcher = join(root, 'bin/culprit')
const bundle = join(root, 'examples/docker-forward-policy/bundle')
const scratch = mkdtempSync(join(tmpdir(), 'culprit-launcher-'))

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function run(command: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(command, args, { cwd: scratch, env: { ...process.env, FORCE_COLOR: '', NO_COLOR: '1' } })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  child.stdin.end(input)
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })))
}
const culprit = (...args: string[]): Promise<Ran> => run(launcher, args)

// The first start may build the checkout.
describe('the program as it is started', { timeout: 180_000 }, () => {
  test('runs from any folder and through a symbolic link', async () => {
    const link = join(scratch, 'culprit')
    symlinkSync(launcher, link)
    expect(await run(link, ['--version'])).toMatchObject({ code: 0, out: `${VERSION}\n` })
  })

  test('a packet that does not arrive is exit code 1, and the answer is on standard output', async () => {
    const { code, out, err } = await culprit('trace', bundle, '--from', 'netns/h/p1', '--to', '203.0.113.80:443')
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toMatch(/^DROPPED {2}No rule in chain FORWARD/)
  })

  test('a packet that arrives is exit code 0', async () => {
    expect((await culprit('trace', bundle, '--from', 'netns/h/d1', '--to', '203.0.113.80:443')).code).toBe(0)
  })

  test('wrong usage is exit code 2 with a hint, and nothing on standard output', async () => {
    expect(await culprit('trace', bundle, '--from', 'netns/h/p1')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^error: trace needs --to PLACE.*\nhint: /),
    })
  })

  test('evidence that is not there is exit code 3', async () => {
    expect(await culprit('explain', join(scratch, 'none'))).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringMatching(/^error: .*none: .*\nhint: /),
    })
  })

  test('no command shows the help as wrong usage', async () => {
    expect(await culprit()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Examples:') })
  })

  test('a request a line gives a result a line, in order, bad lines too', async () => {
    const requests = join(scratch, 'requests.jsonl')
    const good = { from: 'netns/h/p1', to: '203.0.113.80:443/tcp' }
    writeFileSync(
      requests,
      [
        JSON.stringify({ id: 1, ...good }),
        '',
        '{',
        JSON.stringify({ id: 2, ...good, to: 'nowhere' }),
        JSON.stringify({ id: 'c', ...good }),
      ].join('\n'),
    )
    const { code, out } = await culprit('trace', bundle, '--requests', requests, '-o', 'jsonl')
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id?: unknown; outcomes: unknown[]; error?: { text: string } })
    expect(code).toBe(2)
    expect(answers.map(({ id, outcomes, error }) => [id, outcomes.length, error === undefined])).toEqual([
      [1, 1, true],
      [undefined, 0, false],
      [2, 0, false],
      ['c', 1, true],
    ])
  })

  test('requests and evidence both come from standard input', async () => {
    const request = `${JSON.stringify({ id: 7, from: 'netns/h/d1', to: '203.0.113.80:443/tcp' })}\n`
    const asked = await run(launcher, ['trace', bundle, '--requests', '-', '-o', 'jsonl'], request)
    expect(asked).toMatchObject({ code: 0, out: expect.stringContaining('"id":7') })
    const ruleset = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j DROP\nCOMMIT\n'
    expect(await run(launcher, ['ruleset', '-', '-o', 'save'], ruleset)).toMatchObject({ code: 0, out: ruleset, err: '' })
  })

  test('a reader that leaves early is no fault', async () => {
    const lines = '-A INPUT -p tcp -m tcp --dport 22 -j DROP\n'.repeat(20_000)
    const file = join(scratch, 'iptables-save.txt')
    writeFileSync(file, `*filter\n:INPUT ACCEPT [0:0]\n${lines}COMMIT\n`)
    const { code, out, err } = await run('bash', ['-c', 'set -o pipefail; "$0" ruleset "$1" -o json | head -c 20', launcher, file])
    expect({ code, out, err }).toEqual({ code: 0, out: '{"schema":"culprit.r', err: '' })
  })

  test('the README shows what the program prints', async () => {
    expect(await run(process.execPath, [join(root, 'scripts/sessions.mjs'), '--check'])).toMatchObject({ code: 0, out: '' })
  })
})
