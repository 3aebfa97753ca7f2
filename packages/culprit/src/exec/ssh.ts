import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isInstalled, runChild } from './child.ts'
import { type Command, checkCommand, type Executor, type Ran, ran } from './executor.ts'
import { remoteLine, remoteResult } from './ssh-remote.ts'
import { createTurns } from './turns.ts'

export interface SshOptions {
  /** A configuration instead of the user's own (`ssh -F`). */
  readonly config?: string
}

/** What ssh takes as a destination: a host or alias, `USER@HOST`, `ssh://USER@HOST:PORT`. Nothing that it could read as an option. */
export const isDestination = (text: string): boolean => /^[A-Za-z0-9_[][\w.@:%/[\]+-]{0,254}$/.test(text)

/** The kernel takes no longer argument (MAX_ARG_STRLEN, 128 KB); what is longer belongs on standard input. */
const LONGEST_LINE = 120_000

/** Milliseconds for the connection, jump hosts included. */
const CONNECT = 20_000

/** Commands at once: sshd takes ten sessions on a connection (MaxSessions). */
const SESSIONS = 8

/** Milliseconds after a failed attempt in which none other is made. */
const PAUSE = 5000

/**
 * Runs commands on another machine: through the system's own ssh, or, where there is none, through a client of culprit's own, which knows less of
 * ssh's configuration and says so.
 *
 * @throws TypeError for what is no destination.
 */
export function sshExecutor(destination: string, options: SshOptions = {}): Executor {
  if (!isDestination(destination)) throw new TypeError(`not a destination for ssh: ${JSON.stringify(destination)}`)
  if (isInstalled('ssh')) return systemSshExecutor(destination, options)
  let pure: Promise<Executor> | undefined
  return {
    name: destination,
    async run(command) {
      checkCommand(command)
      pure ??= import('./pure-ssh/pure-ssh.ts').then(({ pureSshExecutor }) => pureSshExecutor(destination, options.config))
      return (await pure).run(command)
    },
    close: async () => (await pure)?.close(),
  }
}

/**
 * Runs commands on another machine through the system's own ssh: the user's configuration, agents, jump hosts and known hosts hold. It never
 * asks for anything. One connection serves all commands: its socket lies in a folder that only this user can enter.
 */
function systemSshExecutor(destination: string, options: SshOptions): Executor {
  const folder = mkdtempSync(join(tmpdir().length > 40 ? '/tmp' : tmpdir(), 'culprit-ssh-'))
  const base = ['ssh', ...(options.config === undefined ? [] : ['-F', options.config])]
  const control = join(folder, '%C')
  const master = [...base, ...settings('auto', control), '--', destination]
  // Without its connection a command must not make one of its own, unseen: it would pay for each.
  const slave = [...base, ...settings('no', control), '-o', 'ProxyCommand=false', '--', destination]
  const over = (through: readonly string[], command: Command): Promise<Ran> => {
    const mark = `culprit-${randomBytes(9).toString('hex')}`
    const line = remoteLine(command, mark)
    if (line.length > LONGEST_LINE) throw new TypeError('the arguments are too long for a remote command: use standard input')
    return runChild({ ...command, argv: [...through, line] }, { holdStdin: true, endsByStdin: true }).then((ssh) => remoteResult(ssh, mark))
  }
  const connection = createConnection(() => over(master, { argv: ['true'], timeout: CONNECT }))
  const turn = createTurns(SESSIONS)
  return {
    name: destination,
    async run(command) {
      checkCommand(command)
      if (command.signal?.aborted) return ran('aborted')
      return turn(async () => {
        const failed = await connection.made()
        if (failed) return failed
        const result = await over(slave, command)
        if (result.end === 'unreachable') connection.lost()
        return result
      })
    },
    async close() {
      await runChild({ argv: [...base, '-O', 'exit', ...settings('no', control), '--', destination], timeout: 5000 })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const settings = (role: 'auto' | 'no', control: string): readonly string[] =>
  [
    'BatchMode=yes',
    'ConnectTimeout=15',
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    `ControlMaster=${role}`,
    'ControlPersist=20',
    `ControlPath=${control}`,
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'RemoteCommand=none',
    'RequestTTY=no',
    'SessionType=default',
    'LogLevel=ERROR',
  ].flatMap((setting) => ['-o', setting])

interface Connection {
  /** Waits until there is a connection; what ssh said where there is none. */
  made(): Promise<Ran | undefined>
  lost(): void
}

/** One connection for all commands. When it is lost, the next command makes it again; where that fails, others do not try at once. */
function createConnection(connect: () => Promise<Ran>): Connection {
  let attempt: Promise<Ran> | undefined
  let failedAt = Number.NEGATIVE_INFINITY
  return {
    async made() {
      attempt ??= connect()
      const mine = attempt
      const result = await mine
      if (result.end === 'exited') return undefined
      if (attempt === mine && performance.now() - failedAt > PAUSE) {
        failedAt = performance.now()
        setTimeout(() => {
          if (attempt === mine) attempt = undefined
        }, PAUSE).unref()
      }
      return result
    },
    lost() {
      attempt = undefined
    },
  }
}
