import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig, type WatchConfig } from '../../packages/culprit/src/watch/config.ts'
import { createMetrics } from '../../packages/culprit/src/watch/metrics.ts'
import { createNotifier } from '../../packages/culprit/src/watch/notify.ts'
import { at, criterion, event, incident, round } from '../../packages/culprit/src/watch/testing/told.ts'
import { installed } from '../requirements.ts'

const lacks = (program: string, from: string): boolean => {
  const missing = !installed(program)
  if (missing) console.warn(`\nSKIPPED: ${program} is not asked: it is not installed (Debian package ${from})\n`)
  return missing
}

test.skipIf(lacks('promtool', 'prometheus'))('Prometheus’ own checker finds nothing wrong with the metrics', async () => {
  const metrics = createMetrics({ settings: undefined, tell: () => undefined })
  metrics.event(event('opened', incident()))
  metrics.round(round({ criteria: [criterion({ state: 'fails' })], open: [incident()], examined: { milliseconds: 9, cpuMilliseconds: 9 } }))
  const said = execFileSync('promtool', ['check', 'metrics'], {
    input: metrics.render(),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  expect(said).toBe('')
})

const ask = (port: number, path: string): Promise<string> =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      const parts: string[] = []
      response.on('data', (part) => parts.push(String(part)))
      response.on('end', () => resolve(parts.join('')))
    }).on('error', () => resolve(''))
  })

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300 && !(await holds()); tries++) await new Promise((later) => setTimeout(later, 100))
  expect(await holds()).toBe(true)
}

test.skipIf(lacks('prometheus-alertmanager', 'prometheus-alertmanager'))(
  'a real Alertmanager takes an incident for an alert, and its end for the end',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'culprit-oracles-'))
    const config = join(folder, 'alertmanager.yml')
    writeFileSync(config, 'route: { receiver: none }\nreceivers: [{ name: none }]\n')
    const port = 20_000 + (process.pid % 20_000)
    const flags = [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'data')}`,
      '--cluster.listen-address=',
      `--web.listen-address=127.0.0.1:${port}`,
    ]
    const server = spawn('prometheus-alertmanager', flags, { stdio: 'ignore' })
    const { notify } = readConfig(
      `criteria: [{name: a, command: ["true"]}]\nnotify: [{alertmanager: "http://127.0.0.1:${port}"}]`,
      'w',
    ) as WatchConfig
    const notifier = createNotifier({ settings: notify, interval: 60_000, tell: () => undefined })
    try {
      const alerts = async () =>
        JSON.parse((await ask(port, '/api/v2/alerts')) || 'null') as { labels: unknown; status: { state: string } }[] | null
      await until(async () => (await alerts()) !== null)
      const now = (Date.now() - Date.parse(at(0).wall)) / 1000
      const one = incident({ opened: at(now - 60), updated: at(now) })
      notifier.event(event('opened', one))
      await until(async () => (await alerts())?.length === 1)
      expect(await alerts()).toMatchObject([
        { labels: { alertname: 'CulpritIncident', criterion: 'web' }, status: { state: expect.any(String) } },
      ])
      notifier.event(event('recovered', { ...one, state: 'recovered', recovered: at(now) }))
      await until(async () => (await alerts())?.length === 0)
    } finally {
      await notifier.close()
      server.kill()
      await new Promise((ended) => server.once('exit', ended))
      rmSync(folder, { recursive: true, force: true })
    }
  },
  90_000,
)
