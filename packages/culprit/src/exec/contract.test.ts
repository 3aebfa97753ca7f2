import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Executor } from './executor.ts'
import { failureOf, succeeded } from './executor.ts'
import { localExecutor } from './local.ts'
import { namespaceExecutor } from './namespace.ts'
import { podExecutor } from './pod.ts'
import { pureSshExecutor } from './pure-ssh/pure-ssh.ts'
import { recordingExecutor, replayExecutor } from './replay.ts'
import { sshExecutor } from './ssh.ts'
import { sshdLacking, startSshd } from './testing/sshd.ts'

/** What an implementation does not do, and why. */
type Skips = Partial<Record<'timing' | 'unreachable', string>>

interface Subject {
  readonly name: string
  /** Why it cannot be tried here. */
  readonly lacking?: string | undefined
  readonly skips?: Skips
  readonly open: () => Promise<{ readonly executor: Executor; readonly lost?: Executor; readonly stop: () => Promise<void> }>
}

const scratch = mkdtempSync(join(tmpdir(), 'culprit-exec-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const AWKWARD = [
  '',
  ' ',
  "it's",
  '"',
  '\\',
  "\\'",
  'a\nb',
  '$HOME',
  '`id`',
  '*',
  '!!',
  '~',
  '-n',
  '#x',
  'ä€',
  'a;b|c&d>e',
  '\t',
  '{a,b}',
  '[a]',
  '%s',
]
const noRoot = process.getuid?.() === 0 ? undefined : 'not root'

/** Stands before kubectl's place in PATH. */
async function withStandIn(): Promise<() => Promise<void>> {
  const before = process.env.PATH
  process.env.PATH = `${fileURLToPath(new URL('./testing', import.meta.url))}:${before}`
  return async () => {
    process.env.PATH = before
  }
}

async function openNamespace() {
  const name = `cexec${process.pid}`
  execFileSync('ip', ['netns', 'add', name])
  const local = localExecutor()
  return {
    executor: namespaceExecutor(local, { kind: 'name', name }),
    lost: namespaceExecutor(local, { kind: 'name', name: `${name}-not` }),
    stop: async () => void execFileSync('ip', ['netns', 'del', name]),
  }
}

async function openSsh() {
  const sshd = await startSshd()
  const executor = sshExecutor(sshd.destination, { config: sshd.config })
  const lost = sshExecutor('root@127.0.0.1', { config: '/dev/null' })
  const stop = async (): Promise<void> => {
    await executor.close()
    await lost.close()
    await sshd.stop()
  }
  return { executor, lost, stop }
}

/** The client for machines without ssh. It trusts no host that known_hosts does not have. */
async function openPureSsh() {
  const sshd = await startSshd()
  writeFileSync(join(sshd.folder, 'known_hosts'), `[127.0.0.1]:${sshd.port} ${readFileSync(join(sshd.folder, 'host.pub'), 'utf8')}`)
  const executor = pureSshExecutor(sshd.destination, sshd.config)
  const lost = pureSshExecutor('root@127.0.0.1', '/dev/null')
  const stop = async (): Promise<void> => {
    await executor.close()
    await lost.close()
    await sshd.stop()
  }
  return { executor, lost, stop }
}

/** Every command of the suite is run here once, and answered from the recording after. */
async function openReplay() {
  const { executor, answers } = recordingExecutor(localExecutor())
  const replay = replayExecutor(answers)
  const both: Executor = {
    name: replay.name,
    run: async (command) => {
      await executor.run({ ...command, onOutput: undefined })
      return replay.run(command)
    },
    close: async () => undefined,
  }
  return { executor: both, lost: replayExecutor(() => undefined), stop: async () => undefined }
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'local',
    skips: { unreachable: 'this machine is always there' },
    open: async () => ({ executor: localExecutor(), stop: async () => undefined }),
  },
  { name: 'namespace', lacking: noRoot, open: openNamespace },
  { name: 'ssh', lacking: sshdLacking(), open: openSsh },
  { name: 'ssh without an ssh program', lacking: sshdLacking(), open: openPureSsh },
  {
    name: 'pod (a stand-in for kubectl: no cluster is here)',
    open: async () => ({
      stop: await withStandIn(),
      executor: podExecutor(localExecutor(), { namespace: 'default', pod: 'there' }),
      lost: podExecutor(localExecutor(), { namespace: 'default', pod: 'gone' }),
    }),
  },
  { name: 'replay', skips: { timing: 'a recording takes no time' }, open: openReplay },
]

for (const subject of SUBJECTS) {
  const { name, lacking, skips = {} } = subject
  describe.skipIf(lacking)(`executor: ${name}${lacking ? ` (SKIPPED: ${lacking})` : ''}`, () => {
    let executor: Executor
    let lost: Executor | undefined
    let stop: () => Promise<void>
    beforeAll(async () => {
      ;({ executor, lost, stop } = await subject.open())
    })
    const file = (what: string): string => join(scratch, `${what}-${SUBJECTS.indexOf(subject)}`)
    afterAll(() => stop?.())
    const timed = test.skipIf(skips.timing)
    const sh = (script: string) => ['sh', '-c', script]

    test('hands back exit code, output and errors', async () => {
      const ran = await executor.run({ argv: sh('echo out; echo err >&2; exit 3') })
      expect(ran).toMatchObject({ end: 'exited', code: 3, stdout: 'out\n', stderr: 'err\n', truncated: false, timedOut: false })
      expect(succeeded(ran)).toBe(false)
      expect(failureOf(ran, 'sh')).toBe('sh ended with exit code 3: err')
    })

    test('arguments arrive as they are: no shell reads them', async () => {
      const ran = await executor.run({ argv: ['printf', '[%s]\\n', ...AWKWARD] })
      expect(ran.stdout).toBe(AWKWARD.map((argument) => `[${argument}]\n`).join(''))
    })

    test('standard input arrives whole, and is empty when none is given', async () => {
      const stdin = `${"line of it's text \\ $HOME\n".repeat(20_000)}no end of line`
      expect((await executor.run({ argv: ['cat'], stdin })).stdout).toBe(stdin)
      expect(await executor.run({ argv: ['cat'] })).toMatchObject({ code: 0, stdout: '' })
    })

    test('a command that does not read its standard input ends all the same', async () => {
      expect(await executor.run({ argv: sh('exit 0'), stdin: 'x'.repeat(1_000_000) })).toMatchObject({ end: 'exited', code: 0 })
    })

    test('output comes as bytes, too', async () => {
      const ran = await executor.run({ argv: ['printf', '\\000\\377\\n'] })
      expect([...ran.bytes]).toEqual([0, 255, 10])
    })

    test('a program that is not there is told from one that fails', async () => {
      expect(await executor.run({ argv: ['culprit-no-such-program'] })).toMatchObject({ end: 'not-found', code: null })
    })

    test('exit codes that ssh, nsenter and kubectl have too are the command’s own', async () => {
      for (const code of [1, 2, 127, 255]) expect(await executor.run({ argv: sh(`exit ${code}`) })).toMatchObject({ end: 'exited', code })
    })

    test('output beyond the limit is cut, and the command ended', async () => {
      const ran = await executor.run({ argv: sh('i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done'), limit: 1000 })
      expect(ran).toMatchObject({ end: 'limit', code: null, truncated: true })
      expect(ran.bytes.length).toBe(1000)
    })

    test('output can be followed while it comes', async () => {
      const chunks: Uint8Array[] = []
      await executor.run({ argv: sh('echo one; echo two'), onOutput: (chunk) => chunks.push(chunk) })
      expect(Buffer.concat(chunks).toString()).toBe('one\ntwo\n')
    })

    test('several run side by side', async () => {
      const many = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => executor.run({ argv: ['echo', String(n)] })))
      expect(many.map((ran) => ran.stdout)).toEqual(['1\n', '2\n', '3\n', '4\n', '5\n', '6\n'])
    })

    test('what is asked of it after the abort is not run', async () => {
      const path = file('aborted')
      expect(await executor.run({ argv: ['touch', path], signal: AbortSignal.abort() })).toMatchObject({ end: 'aborted' })
      expect(existsSync(path)).toBe(false)
    })

    timed('a command that hangs is ended at its time limit with its children, and what it wrote is kept', async () => {
      const path = file('pids')
      const ran = await executor.run({ argv: sh(`sleep 300 & echo $$ $! > ${path}; echo begun; wait`), timeout: 1500 })
      expect(ran).toMatchObject({ end: 'timed-out', timedOut: true, code: null, stdout: 'begun\n' })
      await gone(readFileSync(path, 'utf8').trim().split(' ').map(Number))
    })

    timed('one that ignores SIGTERM is ended, too', async () => {
      const path = file('stubborn')
      const script = `trap '' TERM; echo $$ > ${path}; while :; do sleep 1; done`
      expect(await executor.run({ argv: sh(script), timeout: 1000 })).toMatchObject({ end: 'timed-out' })
      await gone([Number(readFileSync(path, 'utf8'))])
    })

    timed('an abort ends it, and keeps what it wrote', async () => {
      const abort = new AbortController()
      const running = executor.run({ argv: sh('echo begun; exec sleep 300'), signal: abort.signal, onOutput: () => abort.abort() })
      expect(await running).toMatchObject({ end: 'aborted', stdout: 'begun\n' })
    })

    test.skipIf(skips.unreachable)('a place that is not there is told from a command that fails', async () => {
      const ran = await lost?.run({ argv: ['true'] })
      expect(['unreachable', 'denied']).toContain(ran?.end)
    })

    test('a NUL byte is refused', async () => {
      await expect(executor.run({ argv: ['echo', 'a\0b'] })).rejects.toThrow(TypeError)
    })
  })
}

/** Waits until none of the processes is there. */
async function gone(pids: readonly number[]): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (pids.every((pid) => !alive(pid))) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(pids.filter(alive)).toEqual([])
}

/** A zombie waits for a parent that is none of ours. */
function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
