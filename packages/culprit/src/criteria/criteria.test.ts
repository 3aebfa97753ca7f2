import { createServer } from 'node:net'
import type { Criterion, Judged } from '@culprit/core/report/criteria/criterion'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { localExecutor } from '../exec/local.ts'
import { judgeLive } from './live.ts'
import { readCriteria } from './read.ts'
import { exitCodeOf } from './report.ts'
import { readTry } from './tries.ts'

describe('criteria are read', () => {
  const one = { text: 'it works', command: 'nc -z 192.0.2.1 80', expect: 'a connection' }

  test('from a diagnosis, a plan, a bare list, in YAML', () => {
    const read = [{ ...one, argv: undefined }]
    expect(readCriteria(JSON.stringify({ schema: 'culprit.diagnosis/v1', successCriteria: [one] }))).toEqual(read)
    expect(readCriteria(JSON.stringify([one]))).toEqual(read)
    expect(readCriteria('- text: it works\n  command: nc -z 192.0.2.1 80\n  expect: a connection\n')).toEqual(read)
    expect(
      readCriteria(JSON.stringify({ criteria: [{ text: 'x', command: ['test', '-e', '/a b'], expect: { code: 1 }, within: 3 }] })),
    ).toEqual([{ text: 'x', command: "test -e '/a b'", argv: ['test', '-e', '/a b'], expect: { code: 1 } }])
  })

  test.each([
    ['{}', /no list/],
    ['[]', /the list/],
    ['[{"text": 7}]', /0\.text/],
    ['[{"text": "x", "command": "a\\u0000b", "expect": "y"}]', /0\.command/],
    ['a: [', /./],
  ])('and refused: %s', (text, why) => expect(readCriteria(text)).toMatchObject({ problem: expect.stringMatching(why) }))
})

test.each([
  ['nc -z -w 3 192.0.2.1 80', { protocol: 'tcp', dst: '192.0.2.1', port: 80 }],
  ['nc -u -z -w 3 fd00::1 53', { protocol: 'udp', dst: 'fd00::1', port: 53 }],
  ['nc -zv 192.0.2.1 80', { protocol: 'tcp', dst: '192.0.2.1', port: 80 }],
  ['ping -c 3 192.0.2.1', { protocol: 'icmp', dst: '192.0.2.1' }],
  ['nc -l 8080', undefined],
  ['nc -z -e /bin/sh 192.0.2.1 80', undefined],
  ['nc 192.0.2.1 80', undefined],
  ['ping -f 192.0.2.1', undefined],
  ['ping example.com', undefined],
])('%s is tried as %j', (line, tried) => expect(readTry(line.split(' '))).toEqual(tried))

describe('criteria are tried on this machine', () => {
  const server = createServer((socket) => socket.end())
  let open = ''
  let closed = ''
  beforeAll(async () => {
    const port = await listening(server)
    open = `127.0.0.1 ${port}`
    const other = createServer()
    closed = `127.0.0.1 ${await listening(other)}`
    await new Promise((done) => other.close(done))
  })
  afterAll(() => void server.close())

  const here = localExecutor()
  const places = { of: (from: string) => (from === 'host/here' ? here : undefined), close: async () => undefined }
  const judge = (criterion: Partial<Criterion>): Promise<Judged> =>
    judgeLive({ text: 'x', command: '', expect: 'a connection', ...criterion }, { places, here, seconds: 2 })

  test('connections', async () => {
    expect((await judge({ command: `nc -z -w 3 ${open}` })).status).toBe('holds')
    expect((await judge({ command: `nc -z -w 3 ${closed}` })).status).toBe('fails')
    expect((await judge({ command: `nc -z -w 3 ${closed}`, expect: 'no connection' })).status).toBe('holds')
    expect((await judge({ command: `nc -z -w 3 ${open}`, expect: 'an answer' })).status).toBe('undecided')
  })

  test('connections from their senders, where those can be asked', async () => {
    const to = open.replace(' ', ':')
    expect(await judge({ flow: { from: 'host/here', to } })).toMatchObject({ status: 'holds', by: 'probe' })
    expect(await judge({ flow: { from: 'host/elsewhere', to } })).toMatchObject({
      status: 'undecided',
      answer: expect.stringMatching(/elsewhere/),
    })
    expect(await judge({ flow: { from: 'host/here', to: 'svc/default/web:80' } })).toMatchObject({
      status: 'undecided',
      answer: expect.stringMatching(/address/),
    })
  })

  test('commands that only look run, and no others', async () => {
    expect((await judge({ command: 'uname -n', expect: 'exit code 0' })).status).toBe('holds')
    expect((await judge({ command: 'test -e /nonexistent', expect: 'exit code 1' })).status).toBe('holds')
    expect((await judge({ command: 'test -e /nonexistent', expect: 'exit code 0' })).status).toBe('fails')
    expect(await judge({ command: 'touch /tmp/culprit-was-here', expect: 'exit code 0' })).toMatchObject({
      status: 'undecided',
      answer: expect.stringMatching(/touch/),
    })
    expect(await judge({ command: 'uname -n; reboot', expect: 'exit code 0' })).toMatchObject({
      status: 'undecided',
      answer: expect.stringMatching(/shell/),
    })
    expect(await judge({ command: 'uname -n', expect: 'a good feeling' })).toMatchObject({
      status: 'undecided',
      answer: expect.stringMatching(/person/),
    })
  })

  test('the exit code is that of the worst', async () => {
    const [holds, fails, open_] = await Promise.all([
      judge({ command: 'uname -n', expect: 'exit code 0' }),
      judge({ command: 'uname -n', expect: 'exit code 1' }),
      judge({ command: 'reboot' }),
    ])
    expect([exitCodeOf([holds]), exitCodeOf([holds, open_]), exitCodeOf([holds, open_, fails])]).toEqual([0, 3, 1])
  })
})

const listening = (server: ReturnType<typeof createServer>): Promise<number> =>
  new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      done(typeof address === 'object' ? (address?.port ?? 0) : 0)
    })
  })
