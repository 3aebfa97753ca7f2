import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real sshd with keys and configuration of its own, and the client configuration that reaches it. */
export interface TestSshd {
  /** Destination for ssh, with `config`. */
  readonly destination: string
  readonly config: string
  /** The server's folder: keys and configurations. */
  readonly folder: string
  readonly port: number
  /** Ends the server and every connection to it. */
  stop(): Promise<void>
}

const SSHD = '/usr/sbin/sshd'

/** Why no sshd can be started here; undefined when one can. */
export function sshdLacking(): string | undefined {
  if (!existsSync(SSHD)) return 'sshd is not installed (Debian package openssh-server)'
  return process.getuid?.() === 0 ? undefined : 'not root'
}

/** Starts sshd on a free high port of the loopback interface. */
export async function startSshd(): Promise<TestSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'culprit-sshd-'))
  const made = existsSync('/run/sshd') ? undefined : mkdirSync('/run/sshd', { recursive: true })
  const port = await freePort()
  keys(folder)
  const server = join(folder, 'sshd_config')
  writeFileSync(server, serverConfig(folder, `ListenAddress 127.0.0.1\nPort ${port}\n`))
  const config = join(folder, 'ssh_config')
  writeFileSync(config, clientConfig(folder, 'culprit-test', `HostName 127.0.0.1\n  Port ${port}`))
  const child = spawn(SSHD, ['-D', '-e', '-f', server], { stdio: 'ignore', detached: true })
  await listening(port)
  return {
    destination: 'root@culprit-test',
    config,
    folder,
    port,
    async stop() {
      const closed = new Promise((done) => child.once('close', done))
      killTree(child.pid as number)
      await closed
      rmSync(folder, { recursive: true, force: true })
      if (made !== undefined) rmSync('/run/sshd', { recursive: true, force: true })
    },
  }
}

/**
 * A client configuration in which each host is an sshd of its own (`sshd -i`) that `enter` puts somewhere: into a namespace, say. No port is needed.
 * `enter` is a shell command that ends before the program to run.
 */
export function sshdPerConnection(hosts: Readonly<Record<string, string>>): { readonly config: string; readonly stop: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'culprit-sshd-'))
  const made = existsSync('/run/sshd') ? undefined : mkdirSync('/run/sshd', { recursive: true })
  keys(folder)
  const server = join(folder, 'sshd_config')
  writeFileSync(server, serverConfig(folder, ''))
  const config = join(folder, 'ssh_config')
  writeFileSync(
    config,
    Object.entries(hosts)
      .map(([name, enter]) => clientConfig(folder, name, `ProxyCommand ${enter} ${SSHD} -i -f ${server}`))
      .join(''),
  )
  return {
    config,
    stop: () => {
      rmSync(folder, { recursive: true, force: true })
      if (made !== undefined) rmSync('/run/sshd', { recursive: true, force: true })
    },
  }
}

function keys(folder: string): void {
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)], { stdio: 'ignore' })
}

const serverConfig = (folder: string, listen: string): string => `${listen}HostKey ${join(folder, 'host')}
AuthorizedKeysFile ${join(folder, 'user.pub')}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
SetEnv HOME=${folder}
PrintMotd no
`

const clientConfig = (folder: string, host: string, how: string): string => `Host ${host}
  ${how}
  IdentityFile ${join(folder, 'user')}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(folder, 'known_hosts')}
  StrictHostKeyChecking accept-new
`

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ host: '127.0.0.1', port }, () => resolve(socket.destroy() !== undefined))
      socket.once('error', () => resolve(false))
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('sshd does not listen')
}

/** sshd's sessions leave its process group: each is found by its parent. */
function killTree(pid: number): void {
  const children = (of: number): number[] => {
    try {
      return execFileSync('ps', ['-o', 'pid=', '--ppid', String(of)], { encoding: 'utf8' })
        .split('\n')
        .map(Number)
        .filter((n) => n > 0)
    } catch {
      return []
    }
  }
  for (const child of children(pid)) killTree(child)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
