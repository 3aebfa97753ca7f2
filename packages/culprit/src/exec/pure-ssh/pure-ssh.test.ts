import { execFileSync, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sshdLacking, startSshd, type TestSshd } from '../testing/sshd.ts'
import { readSshConfig } from './config.ts'
import { pureSshExecutor } from './pure-ssh.ts'

const scratch = mkdtempSync(join(tmpdir(), 'culprit-pure-ssh-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const launcher = fileURLToPath(new URL('../../../../../bin/culprit', import.meta.url))
const lacking = sshdLacking()

function written(name: string, text: string): string {
  const file = join(scratch, name)
  writeFileSync(file, text)
  return file
}

describe.skipIf(lacking)(`without an ssh program${lacking ? ` (SKIPPED: ${lacking})` : ''}`, () => {
  let sshd: TestSshd
  let key: string
  let other: string
  beforeAll(async () => {
    sshd = await startSshd()
    key = readFileSync(join(sshd.folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
    other = readFileSync(join(sshd.folder, 'user.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
  })
  afterAll(() => sshd?.stop())

  async function said(knownHosts: string, more = ''): Promise<string> {
    writeFileSync(join(sshd.folder, 'known_hosts'), knownHosts)
    const config = written('config', `${more}\n${readFileSync(sshd.config, 'utf8')}`)
    const executor = pureSshExecutor(sshd.destination, config)
    const { end, stdout, stderr } = await executor.run({ argv: ['echo', 'here'] })
    await executor.close()
    return `${end} ${stdout}${stderr}`.trim()
  }
  const name = (): string => `[127.0.0.1]:${sshd.port}`
  const hashed = (): string => {
    const salt = Buffer.from('a salt of twenty byt')
    return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name()).digest('base64')}`
  }

  test('a host is talked to only with the key that known_hosts has, whatever the configuration would accept', async () => {
    expect(await said(`${name()} ${key}\n`)).toBe('exited here')
    expect(await said(`${hashed()} ${key}\n`)).toBe('exited here')
    expect(await said('')).toMatch(/^denied the host key of culprit-test \(SHA256:[\w+/]+\) is not in known_hosts/)
    expect(await said('', 'Host *\n  StrictHostKeyChecking no')).toContain('denied')
    expect(await said(`${name()} ${other}\n`)).toContain('is another than the one in known_hosts')
    expect(await said(`${name()} ${key}\n@revoked ${name()} ${key}\n`)).toContain('is revoked')
    expect(await said(`@cert-authority ${name()} ${key}\n`)).toContain('is not in known_hosts')
    expect(await said(`127.0.0.1 ${key}\n`)).toContain('is not in known_hosts')
  })

  test('an agent has the key, too', async () => {
    const agent = spawnSync('ssh-agent', ['-s'], { encoding: 'utf8' }).stdout
    const [, socket = ''] = /SSH_AUTH_SOCK=([^;]+)/.exec(agent) ?? []
    try {
      execFileSync('ssh-add', ['-q', join(sshd.folder, 'user')], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
      const without = `Host *\n  IdentitiesOnly no\n  IdentityAgent ${socket}\n  IdentityFile ${scratch}/none`
      const config = readFileSync(sshd.config, 'utf8').replace(/^ *Identit.*\n/gm, '')
      writeFileSync(join(sshd.folder, 'known_hosts'), `${name()} ${key}\n`)
      for (const [text, expected] of [
        [`${without}\n${config}`, 'exited'],
        [`${without.replace(socket, 'none')}\n${config}`, 'denied'],
      ] as const) {
        const executor = pureSshExecutor(sshd.destination, written('agent', text))
        expect((await executor.run({ argv: ['true'] })).end).toBe(expected)
        await executor.close()
      }
    } finally {
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(agent)?.[1]))
    }
  })

  test('the program itself falls back to it, as it is built', () => {
    writeFileSync(join(sshd.folder, 'known_hosts'), `${name()} ${key}\n`)
    const hide = 'for f in /usr/bin/ssh /usr/local/bin/ssh /bin/ssh; do [ -e $f ] && mount --bind /dev/null $f; done; exec "$@"'
    const run = (...flags: readonly string[]) =>
      spawnSync('unshare', ['--mount', 'sh', '-c', hide, 'sh', process.execPath, launcher, 'record', 'status', ...flags], {
        encoding: 'utf8',
      })
    const flags = ['--ssh-config', sshd.config, '--ssh', sshd.destination]
    expect(run(...flags)).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing is recorded') })
    const jump = written('jump', `Host *\n  ProxyJump elsewhere\n`)
    expect(run('--ssh-config', jump, '--ssh', sshd.destination).stderr).toMatch(
      /ProxyJump needs ssh itself: this machine has no ssh program/,
    )
  }, 60_000)
})

describe('ssh_config without ssh', () => {
  const read = (text: string, destination = 'web') => {
    const found = readSshConfig(destination, written('some', text))
    return found.kind === 'reaching' ? found.reaching : found.text
  }

  test('the first value wins, of the hosts that are meant', () => {
    const text =
      'Host web !db\n  HostName 192.0.2.7\n  Port 2222\nHost *\n  User admin\n  Port 22\n  IdentityFile "/k/%r@%h"\n  IdentityFile /k/b\n'
    expect(read(text)).toMatchObject({ alias: 'web', host: '192.0.2.7', port: 2222, user: 'admin', keys: ['/k/admin@192.0.2.7', '/k/b'] })
    expect(read(text, 'root@db')).toMatchObject({ alias: 'db', host: 'db', port: 22, user: 'root' })
    expect(read(text, 'ssh://me@[2001:db8::1]:2200')).toMatchObject({ host: '2001:db8::1', port: 2200, user: 'me' })
  })

  test.each([
    'ProxyJump a',
    'ProxyCommand nc %h %p',
    'Match exec true',
    'HostKeyAlgorithms ssh-rsa',
    'PKCS11Provider x',
    'KnownHostsCommand x',
  ])('what it cannot keep to it refuses, with file and line: %s', (line) => {
    expect(read(`Host db\n  ${line.startsWith('Match') ? '' : line}\n`)).toMatchObject({ host: 'web' })
    expect(read(`Host web\n  ${line}\n`)).toMatch(new RegExp(`some:2: ${line.split(' ')[0]}`))
  })

  test('files are included', () => {
    written('part.conf', 'Host web\n  User included\n')
    expect(read(`Include ${scratch}/par*.conf\nHost *\n  User other\n`)).toMatchObject({ user: 'included' })
  })
})
