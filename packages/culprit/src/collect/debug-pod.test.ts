import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { readEvidence } from '../bundle/read.ts'

const scratch = mkdtempSync(join(tmpdir(), 'culprit-debug-pod-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const launcher = path('../../../../bin/culprit')
const lacking = process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0 ? undefined : 'no root, or no namespaces'

/** No cluster runs here: kubectl is a stand-in, the node a small host of its own. */
describe.skipIf(lacking)(`nodes through kubectl debug (a stand-in for kubectl)${lacking ? ` (SKIPPED: ${lacking})` : ''}`, () => {
  const bundle = join(scratch, 'b.tar.gz')
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { 'kubernetes.io/os': 'linux' } } }
  beforeEach(() => {
    rmSync(scratch, { recursive: true, force: true })
    mkdirSync(join(scratch, 'pods'), { recursive: true })
    writeFileSync(join(scratch, 'nodes.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [node] }))
  })

  const collect = (after = 'true', flags = '--debug-image=busybox:1.36') =>
    spawnSync(
      'sh',
      [
        ...[path('./testing/host.sh'), 'n1', 'sh', '-c'],
        `${process.execPath} ${launcher} collect --kubectl prod ${flags} -o ${bundle} & pid=$!; ${after}; wait $pid; echo "code $?"`,
      ],
      {
        encoding: 'utf8',
        env: { ...process.env, STAND_IN: scratch, PATH: `${path('./testing/kubectl')}:${process.env.PATH}` },
      },
    )
  const calls = (): readonly string[] =>
    readFileSync(join(scratch, 'calls'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('--context'))
  const pods = (): readonly string[] => readdirSync(join(scratch, 'pods'))

  test('a privileged pod is made, the node is looked at with its own programs, and the pod is deleted', async () => {
    expect(collect().stdout).toContain('code 0')
    const [, ...others] = calls()
      .filter((call) => !/ get | exec /.test(call))
      .map((call) => call.replace(/^--context=prod --namespace=kube-system /, ''))
    expect(calls()).toContain(
      '--context=prod --namespace=kube-system debug node/n1 --image=busybox:1.36 --profile=sysadmin --container=debugger -- sleep 900',
    )
    expect(others).toEqual([
      'wait --for=condition=Ready pod/node-debugger-n1-x7k2p --timeout=60s',
      'delete pod node-debugger-n1-x7k2p --now --wait=false --ignore-not-found',
    ])
    expect(calls().some((call) => call.includes('exec -i node-debugger-n1-x7k2p --container=debugger -- chroot /host env PATH='))).toBe(
      true,
    )
    expect(pods()).toEqual([])
    const files = (await readEvidence([bundle])).files.map((file) => file.path)
    expect(files).toEqual(expect.arrayContaining(['hosts/n1/nft.json', 'hosts/n1/netns/pod/ip-route.json', 'cluster/nodes.json']))
  }, 60_000)

  test('at a signal in the middle the pod is deleted, and what was read is kept', () => {
    const exec = `grep -q chroot ${scratch}/calls 2>/dev/null`
    const { stdout } = collect(`while ! ${exec}; do sleep 0.05; done; kill -INT $pid`)
    expect(stdout).toMatch(/code \d+/)
    expect(calls().at(-1)).toContain('delete pod node-debugger-n1-x7k2p')
    expect(pods()).toEqual([])
  }, 60_000)

  test('a cluster that refuses such pods is told of; without an image nothing is started', () => {
    writeFileSync(join(scratch, 'refused'), '')
    expect(collect().stderr).toContain('violates PodSecurity')
    expect(calls().some((call) => call.includes('delete'))).toBe(false)
    rmSync(join(scratch, 'calls'))
    collect('true', '')
    expect(calls().filter((call) => !call.includes(' get '))).toEqual([])
  }, 60_000)
})
