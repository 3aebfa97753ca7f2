import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { readConfig, type WatchConfig } from './config.ts'
import { createNotifier, type Notifier } from './notify.ts'
import { at, event, incident, round } from './testing/told.ts'

const folder = mkdtempSync(join(tmpdir(), 'culprit-notify-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Told {
  readonly path: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** A server that keeps what it is told, and answers as it is asked to. */
async function receiver(answers: (number | 'silence' | 'hang up')[] = []) {
  const told: Told[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      told.push({ path: request.url, headers: request.headers, body: JSON.parse(Buffer.concat(parts).toString('utf8')) })
      const answer = answers.shift() ?? 200
      if (answer === 'hang up') request.socket.destroy()
      else if (answer !== 'silence')
        response.writeHead(answer, { location: 'http://192.0.2.1/' }).end('x'.repeat(answer === 200 ? 200_000 : 0))
    })
  })
  server.on('connection', (socket) => void sockets.add(socket))
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const closing: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function notifier(yaml: string, more: { firstPause?: number; mostWaiting?: number } = {}): { notifier: Notifier; said: string[] } {
  const config = readConfig(`criteria: [{name: web, command: ["true"]}]\ninterval: 60s\nnotify:\n${yaml}`, 'w.yaml') as WatchConfig
  if ('problems' in config) throw new Error(JSON.stringify(config))
  const said: string[] = []
  const made = createNotifier({
    settings: config.notify,
    interval: config.interval,
    tell: (text) => void said.push(text),
    firstPause: 5,
    ...more,
  })
  closing.push(() => made.close())
  return { notifier: made, said }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries++) await new Promise((later) => setTimeout(later, 10))
  expect(holds()).toBe(true)
}

const count = (made: Notifier, result: string): number | undefined =>
  made.families()[0]?.samples.find(({ labels }) => labels?.result === result)?.value

test('a webhook is told what happened, with the incident as it is then; names of evidence do no harm', async () => {
  const { told, url } = await receiver()
  const { notifier: made } = notifier(` - webhook: ${url}/hook?x=1`)
  made.event(event('opened', incident({ seen: 'refused by \u202eevil"\u001b[2J\n' }), 'web fails'))
  made.event({ kind: 'started', seq: 9, at: at(0), text: 'process 1' })
  made.event({ kind: 'store-lost', seq: 10, at: at(0), text: 'disk full' })
  await until(() => told.length === 2)
  expect(told[0]).toMatchObject({
    path: '/hook?x=1',
    headers: { 'content-type': 'application/json', 'user-agent': 'culprit-watch' },
    body: {
      schema: 'culprit.notification/v1',
      event: { kind: 'opened', text: 'web fails' },
      incident: { id: '20261121-115900-web', state: 'open', seen: 'refused by \\u{202e}evil"\\x1b[2J\\n' },
    },
  })
  expect(told[1]?.body).toMatchObject({ event: { kind: 'store-lost' }, incident: null })
})

test('Alertmanager is told in the form of its API v2, again each round while it lasts, and of the end', async () => {
  const { told, url } = await receiver()
  const { notifier: made } = notifier(` - alertmanager: ${url}/am/`)
  const one = incident({ changes: [{ where: 'h', text: 'route removed: default' }] })
  made.event(event('opened', one))
  await until(() => told.length === 1)
  made.round(round({ open: [one] }))
  await until(() => told.length === 2)
  const over = incident({ state: 'recovered', recovered: at(60) })
  made.event(event('recovered', over))
  await until(() => told.length === 3)
  made.round(round({ open: [over] }))
  made.event(event('closed', incident({ state: 'closed', closed: at(120), recovered: at(60) })))
  const [first, second, third] = told.map(({ body }) => (body as readonly Record<string, unknown>[])[0])
  expect(told[0]?.path).toBe('/am/api/v2/alerts')
  const labels = { alertname: 'CulpritIncident', criterion: 'web', kind: 'flow', severity: 'critical', instance: expect.any(String) }
  expect(first).toEqual({
    labels,
    annotations: {
      summary: 'host/h → svc/shop/web:80 works: timeout',
      incident: '20261121-115900-web',
      changed: 'h: route removed: default',
    },
    startsAt: at(0).wall,
    endsAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  })
  expect(Date.parse(first?.endsAt as string)).toBeGreaterThan(Date.now() + 200_000)
  expect(second?.labels).toEqual(first?.labels)
  expect(third).toMatchObject({ labels: first?.labels, startsAt: first?.startsAt, endsAt: at(60).wall })
  await made.close()
  expect(told).toHaveLength(3)
})

test('what fails for now is tried again; what is not wanted is given up; a redirection is not followed', async () => {
  const { told, url } = await receiver([503, 'hang up', 429, 200, 400, 302, 200])
  const { notifier: made, said } = notifier(` - webhook: ${url}`)
  for (const text of ['a', 'b', 'c', 'd']) made.event(event('updated', incident(), text))
  await until(() => told.length === 7)
  expect(told.map(({ body }) => (body as { event: { text: string } }).event.text)).toEqual(['a', 'a', 'a', 'a', 'b', 'c', 'd'])
  await until(() => count(made, 'delivered') === 2)
  expect(count(made, 'failed')).toBe(2)
  expect(said.map((text) => text.replace(/:\d+ /, ' '))).toEqual([
    'warning: webhook 127.0.0.1 cannot be told: answered 503',
    'warning: webhook 127.0.0.1 is told again',
    'warning: webhook 127.0.0.1 cannot be told: answered 400',
    'warning: webhook 127.0.0.1 is told again',
  ])
})

test('one that does not answer holds up nobody, and what waits for it is bounded', async () => {
  const [deaf, good] = [await receiver(Array.from({ length: 99 }, () => 'silence' as const)), await receiver()]
  const { notifier: made } = notifier(` - {webhook: "${deaf.url}", timeout: 60s}\n - webhook: ${good.url}`, { mostWaiting: 5 })
  for (let i = 0; i < 20; i++) made.event(event('updated', incident(), `${i}`))
  await until(() => good.told.length >= 5 && deaf.told.length === 1)
  expect(count(made, 'dropped')).toBe(15)
  expect(made.families()[1]?.samples[0]?.value).toBe(5)
  // It does not wait for the answer that never comes.
  await made.close()
})

test('a target that is silent is cut off after its time, and tried again', async () => {
  const { told, url } = await receiver(['silence', 200])
  const { notifier: made } = notifier(` - {webhook: "${url}", timeout: 100ms}`)
  made.event(event('opened', incident()))
  await until(() => count(made, 'delivered') === 1)
  expect(told).toHaveLength(2)
})

test('secrets come from files or the environment, are read anew, and are in no message', async () => {
  const { told, url } = await receiver([401])
  const [token, address] = [join(folder, 'token'), join(folder, 'address')]
  writeFileSync(address, `${url}/T0/very-secret\n`)
  process.env.CULPRIT_TEST_PASSWORD = 'user:pass'
  const { notifier: made, said } = notifier(
    ` - {webhook: {file: ${address}}, authorization: {secret: {file: ${token}}}}\n - {alertmanager: "${url}", authorization: {scheme: Basic, secret: {env: CULPRIT_TEST_PASSWORD}}}`,
  )
  made.event(event('opened', incident()))
  await until(() => said.length > 0)
  writeFileSync(token, 'abc\n')
  await until(() => told.length >= 2)
  const [hook, alert] = ['/T0/very-secret', '/api/v2/alerts'].map((path) => told.find((one) => one.path === path))
  expect(hook?.headers.authorization).toBe('Bearer abc')
  expect(alert?.headers.authorization).toBe(`Basic ${Buffer.from('user:pass').toString('base64')}`)
  expect([...said, JSON.stringify(made.families())].join('\n')).not.toMatch(/very-secret|abc|user:pass|T0/)
})

test('other targets are told when the configuration is read again', async () => {
  const [old, now] = [await receiver(), await receiver()]
  const { notifier: made } = notifier(` - webhook: ${old.url}`)
  made.reload?.(
    readConfig(`criteria: [{name: web, command: ["true"]}]\nnotify: [{webhook: "${now.url}", events: [closed]}]`, 'w.yaml') as WatchConfig,
  )
  made.event(event('opened', incident()))
  made.event(event('closed', incident({ state: 'closed' })))
  await until(() => now.told.length === 1)
  expect(now.told[0]?.body).toMatchObject({ event: { kind: 'closed' } })
  expect(old.told).toHaveLength(0)
})
