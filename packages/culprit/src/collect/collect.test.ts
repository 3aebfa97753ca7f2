import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEngine } from '@culprit/core/datapath/engine'
import { readDocuments } from '@culprit/core/intake/documents'
import { afterAll, describe, expect, test } from 'vitest'
import { readEvidence } from '../bundle/read.ts'
import { localExecutor } from '../exec/local.ts'
import { sshExecutor } from '../exec/ssh.ts'
import { sshdLacking, sshdPerConnection } from '../exec/testing/sshd.ts'
import { Bundle } from './bundle.ts'
import type { Entry } from './catalogue.ts'
import { collect } from './collect.ts'
import { collectEntry, collectHost } from './host.ts'
import { filesOf } from './live.ts'
import { collectScript } from './script.ts'
import { writeArchive } from './write.ts'

const scratch = mkdtempSync(join(tmpdir(), 'culprit-collect-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const hostScript = fileURLToPath(new URL('./testing/host.sh', import.meta.url))
const lacking = sshdLacking() ?? (spawnSync('unshare', ['--net', 'true']).status === 0 ? undefined : 'no namespaces')

/** Both a pod whose packets to port 80 are dropped, and a host that refuses port 8080. */
function verdicts(documents: ReturnType<typeof readDocuments>, host: string): readonly string[] {
  const engine = createEngine(documents)
  const ask = (from: string, to: string): string => {
    const result = engine.trace({ from, to }, { verbose: false, reply: true })
    return 'kind' in result ? result.text : result.outcomes.map(({ verdict, connection }) => `${verdict} ${connection}`).join()
  }
  return [ask(`netns/${host}/pod`, '10.42.0.1:8080'), ask(`netns/${host}/pod`, '10.42.0.1:22'), ask(`host/${host}`, '10.42.0.5:80')]
}

describe.skipIf(lacking)(`collecting from real hosts${lacking ? ` (SKIPPED: ${lacking})` : ''}`, () => {
  test('three hosts over a real SSH server become one bundle, namespaces included; nothing is left on this machine', async () => {
    const names = ['alpha', 'beta', 'gamma']
    const sshd = sshdPerConnection(Object.fromEntries(names.map((name) => [name, `sh ${hostScript} ${name}`])))
    const before = readdirSync('/tmp').filter((name) => name.startsWith('culprit-ssh-'))
    try {
      const bundle = await collect({ local: false, ssh: names.map((name) => `root@${name}`), sshConfig: sshd.config })
      expect([...bundle.hosts].sort()).toEqual(names)
      const inside = [...bundle.files.keys()].filter((file) => file.startsWith('hosts/beta/'))
      expect(inside).toEqual(
        expect.arrayContaining(
          ['nft.json', 'iptables-nft-save.txt', 'ip-route.json', 'sysctl.txt', 'ss.txt', 'netns/pod/ip-addr.json'].map(
            (file) => `hosts/beta/${file}`,
          ),
        ),
      )
      expect(inside.some((file) => /netns\/pid-\d+\/ip-addr\.json/.test(file))).toBe(true)
      expect(String(bundle.files.get('hosts/beta/ipset-save.txt'))).toContain('add things 10.42.0.5')
      const lost = bundle.attempts.filter(({ costs }) => costs !== undefined)
      expect(lost).toEqual([])

      const live = filesOf(bundle)
      const path = join(scratch, 'three.tar.gz')
      await writeArchive(bundle.files, path, new Date(0))
      const offline = (await readEvidence([path])).files
      const plain = (files: readonly { path: string; text: string }[]) =>
        files.map(({ path, text }) => ({ path, text })).sort((a, b) => (a.path < b.path ? -1 : 1))
      expect(plain(offline)).toEqual(plain(live))
      for (const name of names) {
        const answers = verdicts(readDocuments(offline), name)
        expect(answers).toEqual(['rejected refused', 'delivered refused', 'delivered refused'])
        expect(verdicts(readDocuments(live), name)).toEqual(answers)
      }

      bundle.redactAddresses('key')
      expect([...bundle.files.values()].some((bytes) => String(bytes).includes('10.42.0.5'))).toBe(false)
    } finally {
      sshd.stop()
    }
    expect(readdirSync('/tmp').filter((name) => name.startsWith('culprit-ssh-'))).toEqual(before)
  }, 120_000)

  test('a host that goes away in the middle costs what was not there yet, and the others nothing', async () => {
    const pidFile = join(scratch, 'pid')
    const enter = join(scratch, 'enter.sh')
    writeFileSync(enter, `[ -e ${pidFile} ] && exit 1\necho $$ > ${pidFile}\nexec sh ${hostScript} leaving "$@"\n`)
    const sshd = sshdPerConnection({ steady: `sh ${hostScript} steady`, leaving: `sh ${enter}` })
    const bundle = new Bundle()
    const executor = sshExecutor('root@leaving', { config: sshd.config })
    try {
      let seen = 0
      const progress = (): void => {
        if (++seen === 5) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
      }
      await collectHost(executor, bundle, { progress, width: 2 })
      const outcomes = new Set(bundle.attempts.map(({ outcome }) => outcome))
      expect(outcomes).toContain('collected')
      expect(outcomes).toContain('unreachable')
      expect(bundle.attempts.find(({ outcome, costs }) => outcome === 'unreachable' && costs !== undefined)).toBeDefined()
      expect(await collect({ local: false, ssh: ['root@steady'], sshConfig: sshd.config })).toMatchObject({ hosts: ['steady'] })
    } finally {
      await executor.close()
      sshd.stop()
    }
  }, 120_000)

  test('the script collects the same in dash and in busybox, and leaves nothing but its archive', async () => {
    const script = join(scratch, 'collect.sh')
    writeFileSync(script, collectScript())
    const expected = await collectedInside()
    for (const shell of [['dash'], ['busybox', 'sh']]) {
      if (spawnSync(shell[0] as string, [...shell.slice(1), '-c', 'true']).status !== 0) continue
      const out = join(scratch, `${shell[0]}.tar.gz`)
      const temporary = readdirSync(tmpdir()).filter((name) => name.startsWith('culprit-collect.'))
      execFileSync('sh', [hostScript, 'scripted', ...shell, script, '-o', out], { stdio: 'ignore' })
      expect(readdirSync(tmpdir()).filter((name) => name.startsWith('culprit-collect.'))).toEqual(temporary)
      const { files } = await readEvidence([out])
      const stems = new Set(files.map(({ path }) => stem(path)))
      expect(expected.filter((file) => !stems.has(file))).toEqual([])
      expect(verdicts(readDocuments(files), 'scripted')).toEqual(['rejected refused', 'delivered refused', 'delivered refused'])
    }
  }, 120_000)

  /** The host's files as the program collects them, without those that hold nothing or come from this machine's own disk. */
  async function collectedInside(): Promise<readonly string[]> {
    const sshd = sshdPerConnection({ scripted: `sh ${hostScript} scripted` })
    try {
      const { files } = await collect({ local: false, ssh: ['root@scripted'], sshConfig: sshd.config })
      return [...files]
        .filter(([path, bytes]) => bytes.length > 0 && !/netns\/pid-/.test(path) && path.startsWith('hosts'))
        .map(([path]) => stem(path))
    } finally {
      sshd.stop()
    }
  }

  /** ip of busybox gives text where the other gives JSON. */
  const stem = (path: string): string => path.replace(/\.(?:json|txt)$/, '')

  test('a command that hangs or floods is ended at its limits; of a table the beginning is kept, of a ruleset nothing', async () => {
    const bundle = new Bundle()
    const run = { executor: localExecutor(), bundle, folder: { host: 'h' }, signal: undefined }
    const flood = ['sh', '-c', 'while :; do echo 0123456789; done'] as const
    const base: Pick<Entry, 'scope' | 'without' | 'seconds' | 'megabytes'> = { scope: 'host', without: 'it', seconds: 1, megabytes: 0.01 }
    await collectEntry(run, { ...base, file: 'hangs.txt', argv: ['sleep', '100'] })
    await collectEntry(run, { ...base, file: 'rules.txt', argv: flood })
    await collectEntry(run, { ...base, file: 'table.txt', argv: flood, inPart: true })
    await collectEntry(run, { ...base, file: 'none.txt', argv: ['culprit-no-such-program'] })
    expect(bundle.attempts.map(({ outcome, costs }) => [outcome, costs])).toEqual([
      ['timed-out', 'it'],
      ['too-long', 'it'],
      ['cut', 'it: only the beginning is there'],
      ['absent', 'it'],
    ])
    expect([...bundle.files.keys()]).toEqual(['hosts/h/table.txt'])
    expect(String(bundle.files.get('hosts/h/table.txt'))).toMatch(/^(?:0123456789\n)+$/)
  })
})

test.skipIf(lacking)(
  'on a disk that is full there is an error and no rest of a file',
  () => {
    const launcher = fileURLToPath(new URL('../../../../bin/culprit', import.meta.url))
    const script = `mount -t tmpfs -o size=16k none ${scratch}; ${launcher} collect -o ${scratch}/b.tar.gz; echo "code $?"; ls ${scratch}`
    const { stdout, stderr } = spawnSync('sh', [hostScript, 'full', 'sh', '-c', script], { encoding: 'utf8' })
    expect(stdout).toBe('code 3\n')
    expect(stderr).toContain('b.tar.gz: cannot be written: no space left on the device')
  },
  180_000,
)

test('a device is written to, and stays one', async () => {
  await writeArchive(new Map([['a.txt', Buffer.from('a')]]), '/dev/null', new Date(0))
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
})

test('an archive that cannot be written whole leaves nothing', async () => {
  const files = new Map([['hosts/h/a.txt', Buffer.alloc(1000)]])
  await expect(writeArchive(files, join(scratch, 'no-such-folder/b.tar.gz'), new Date(0))).rejects.toThrow()
  await expect(writeArchive(files, '/dev/full/b.tar.gz', new Date(0))).rejects.toThrow()
  expect(existsSync(join(scratch, 'no-such-folder'))).toBe(false)
})
