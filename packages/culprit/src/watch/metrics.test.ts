import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig, type WatchConfig } from './config.ts'
import { expose } from './metrics/exposition.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { at, criterion, event, incident, round } from './testing/told.ts'

const folder = mkdtempSync(join(tmpdir(), 'culprit-metrics-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Answer {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly text: string
}

const ask = (where: { port: number } | { socketPath: string }, path = '/metrics', method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get({ ...where, host: '127.0.0.1', path, method, agent: false }, (response) => {
      const parts: string[] = []
      response.on('data', (part) => parts.push(String(part)))
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], text: parts.join('') }))
    })
      .on('error', reject)
      .end()
  })

async function listening(metrics: Metrics): Promise<string> {
  for (let tries = 0; tries < 200 && metrics.at() === undefined; tries++) await new Promise((later) => setTimeout(later, 10))
  return metrics.at() ?? 'nowhere'
}

const portOf = (where: string): number => Number(where.split(':').at(-1))
const lines = (text: string, name: string): readonly string[] => text.split('\n').filter((line) => line.startsWith(name))

test('what the watch has come to is served to Prometheus, and nothing else', async () => {
  const metrics = createMetrics({ settings: { listen: '127.0.0.1:0' }, tell: () => undefined })
  const port = portOf(await listening(metrics))
  const open = incident({
    causes: [{ id: 'route.missing', title: '', status: 'proved', confidence: 1, where: '', because: [] }],
    repairs: [{ id: 'r', allowed: 'a', cause: 'route.missing', means: 'runbook x', began: at(0), outcome: 'rolled-back', why: '' }],
  })
  metrics.event(event('opened', open))
  metrics.event(event('repair-failed', open))
  metrics.round(
    round({
      criteria: [criterion({ state: 'fails', failures: 2 })],
      open: [open],
      changed: true,
      examined: { milliseconds: 1500, cpuMilliseconds: 900 },
    }),
  )
  const { status, type, text } = await ask({ port })
  expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  for (const line of [
    'culprit_criterion_state{criterion="web",kind="flow",severity="critical",state="fails"} 1',
    'culprit_criterion_state{criterion="web",kind="flow",severity="critical",state="holds"} 0',
    'culprit_criterion_failures{criterion="web"} 2',
    'culprit_incidents{state="open"} 1',
    'culprit_incident_cause{criterion="web",cause="route.missing",status="proved"} 1',
    'culprit_incidents_opened_total{criterion="web"} 1',
    'culprit_repairs_total{outcome="rolled-back"} 1',
    'culprit_watch_round_duration_seconds_bucket{le="0.25"} 0',
    'culprit_watch_round_duration_seconds_bucket{le="0.5"} 1',
    'culprit_watch_round_duration_seconds_count 1',
    'culprit_watch_examination_cpu_seconds_total 0.9',
    'culprit_watch_changes_total 1',
  ])
    expect(text.split('\n')).toContain(line)
  expect(lines(text, 'process_resident_memory_bytes')).toHaveLength(1)
  // Every line is of the format that Prometheus reads.
  const sample = /^[a-z_]+(?:\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? (?:[\d.e+-]+|\+Inf)$/
  expect(text.split('\n').filter((line) => line !== '' && !/^# (?:HELP|TYPE) [a-z_]+ ./.test(line) && !sample.test(line))).toEqual([])
  expect(await ask({ port }, '/')).toMatchObject({ status: 404 })
  expect(await ask({ port }, '/metrics', 'POST')).toMatchObject({ status: 405 })
  await metrics.close()
  await expect(ask({ port })).rejects.toThrow()
})

test('a hostile name stays inside its label', () => {
  const text = expose([{ name: 'x', type: 'gauge', help: 'a\nb', samples: [{ labels: { a: 'q"}\\ 1\nevil 2' }, value: 1 }] }])
  expect(text).toBe('# HELP x a\\nb\n# TYPE x gauge\nx{a="q\\"}\\\\ 1\\nevil 2"} 1\n')
})

test('on a socket of the file system; what a killed watch left there is in nobody’s way', async () => {
  const path = join(folder, 'metrics.sock')
  const first = createMetrics({ settings: { listen: `unix:${path}` }, tell: () => undefined })
  await listening(first)
  const second = createMetrics({ settings: { listen: `unix:${path}` }, tell: () => undefined })
  await listening(second)
  expect(await ask({ socketPath: path })).toMatchObject({ status: 200 })
  await Promise.all([first.close(), second.close()])
})

test('a port that is taken is told once, and is tried again after each round', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((ready) => other.once('listening', ready))
  const { port } = other.address() as { port: number }
  const told: string[] = []
  const metrics = createMetrics({ settings: { listen: `127.0.0.1:${port}` }, tell: (text) => void told.push(text) })
  for (let tries = 0; tries < 200 && told.length === 0; tries++) await new Promise((later) => setTimeout(later, 10))
  metrics.round(round())
  await new Promise((closed) => other.close(closed))
  for (let tries = 0; tries < 200 && metrics.at() === undefined; tries++) {
    metrics.round(round())
    await new Promise((later) => setTimeout(later, 10))
  }
  expect(told).toEqual([
    expect.stringMatching(/^warning: metrics cannot be served at 127\.0\.0\.1:\d+: .*EADDRINUSE/),
    `metrics: 127.0.0.1:${port}`,
  ])
  await metrics.close()
})

test('another address is taken when the configuration is read again', async () => {
  const metrics = createMetrics({ settings: { listen: '127.0.0.1:0' }, tell: () => undefined })
  const before = await listening(metrics)
  const config = readConfig('criteria: [{name: a, command: ["true"]}]\nmetrics: {listen: "localhost:0"}', 'w.yaml') as WatchConfig
  metrics.reload?.(config)
  const after = await listening(metrics)
  expect(after).not.toBe(before)
  expect(await ask({ port: portOf(after) })).toMatchObject({ status: 200 })
  await metrics.close()
})

test.each([
  ['metrics: {}', '127.0.0.1:9497'],
  ['metrics: {listen: "unix:/run/culprit/metrics.sock"}', 'unix:/run/culprit/metrics.sock'],
  ['metrics: {listen: "[::1]:9000"}', '[::1]:9000'],
])('%s', (text, listen) => {
  expect(readConfig(`criteria: [{name: a, command: ["true"]}]\n${text}`, 'w.yaml')).toMatchObject({ metrics: { listen } })
})
