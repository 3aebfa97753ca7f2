import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Network } from '../real/network.ts'
import { missingForReal } from '../requirements.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/culprit', import.meta.url))
const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: no watch tells of a fault on a kernel: ${reasons.join('; ')}\n`)

/** Node in the namespace forwards what comes to it there to a server of the test, which is elsewhere: over a socket of the file system. */
const RELAY = `
const net = require('node:net')
net.createServer((one) => {
  const other = net.connect(process.argv[1])
  one.pipe(other).pipe(one)
  for (const end of [one, other]) end.on('error', () => { one.destroy(); other.destroy() })
}).listen(9999, '127.0.0.1')
`

interface Told {
  readonly url: string | undefined
  readonly body: unknown
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await holds()) return
    await new Promise((later) => setTimeout(later, 100))
  }
  throw new Error('it did not come to pass')
}

describe.skipIf(reasons.length > 0)('a watch over a machine', () => {
  const network = new Network('labt')
  const told: Told[] = []
  let server: Server | undefined
  beforeAll(async () => {
    for (const name of ['h', 'p']) await network.add(name)
    await network.ip('h', 'link add veth0 type veth peer name eth0 netns @p')
    for (const [name, line] of [
      ['h', 'addr add 10.98.0.1/24 dev veth0'],
      ['h', 'link set veth0 up'],
      ['p', 'addr add 10.98.0.2/24 dev eth0'],
      ['p', 'link set eth0 up'],
    ] as const)
      await network.ip(name, line)
    network.start('p', ['busybox', 'httpd', '-f', '-p', '8080', '-h', '/usr'])
    const receiver = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        told.push({ url: request.url, body: JSON.parse(Buffer.concat(parts).toString('utf8')) })
        response.end()
      })
    })
    server = receiver
    const socket = join(network.folder, 'told.sock')
    await new Promise<void>((ready) => void receiver.listen(socket, ready))
    network.start('h', [process.execPath, '-e', RELAY, socket])
    await network.listens('h', 9999)
    await network.listens('p', 8080)
  }, 60_000)
  afterAll(async () => {
    await network.close()
    server?.closeAllConnections()
    server?.close()
  })

  const events = (): readonly string[] =>
    told.filter(({ url }) => url === '/hook').map(({ body }) => (body as { event: { kind: string } }).event.kind)
  const alerts = (): readonly { endsAt: string; annotations: Record<string, string> }[] =>
    told.filter(({ url }) => url === '/api/v2/alerts').flatMap(({ body }) => body as never[])
  const scrape = (): Promise<string> =>
    network.run('h', ['busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:9497/metrics']).catch(() => '')

  test('tells a webhook, Alertmanager and Prometheus of a fault, with what changed, and of its end', async () => {
    const config = join(network.folder, 'watch.yaml')
    writeFileSync(
      config,
      `interval: 2s
jitter: 0
quiet: 2s
criteria:
  - { name: web, flow: { from: host/${hostname()}, to: "10.98.0.2:8080" }, failures: 1, within: 1s }
metrics: {}
notify:
  - webhook: http://127.0.0.1:9999/hook
  - alertmanager: http://127.0.0.1:9999
`,
    )
    network.start('h', [process.execPath, PROGRAM, 'watch', '--config', config, '--state', join(network.folder, 'state')])
    await until(async () => /^culprit_watch_examination_duration_seconds_count [1-9]/m.test(await scrape()))
    expect(await scrape()).toContain('culprit_criterion_state{criterion="web",kind="flow",severity="critical",state="holds"} 1')

    await network.run('h', ['iptables-nft', '-I', 'OUTPUT', '1', '-p', 'tcp', '--dport', '8080', '-j', 'DROP'])
    await until(() => events().includes('updated') && alerts().some(({ annotations }) => annotations.changed !== undefined))
    expect(await scrape()).toContain('culprit_incidents{state="open"} 1')
    expect(alerts().at(-1)?.annotations).toMatchObject({
      summary: expect.stringContaining('10.98.0.2:8080'),
      cause: expect.stringContaining('OUTPUT'),
      changed: expect.stringMatching(
        /^[\w.-]+: rule 1 of chain OUTPUT, table filter of iptables added: -A OUTPUT -p tcp .*--dport 8080 -j DROP/,
      ),
    })

    await network.run('h', ['iptables-nft', '-D', 'OUTPUT', '1'])
    await until(() => events().includes('closed'))
    expect(events().filter((kind) => kind !== 'updated')).toEqual(['opened', 'recovered', 'closed'])
    await until(async () => (await scrape()).includes('culprit_incidents{state="open"} 0'))
    expect(await scrape()).toContain('culprit_incidents_opened_total{criterion="web"} 1')
    expect(Date.parse(alerts().at(-1)?.endsAt ?? '')).toBeLessThanOrEqual(Date.now())
  }, 180_000)
})
