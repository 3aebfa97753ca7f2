import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from './child.ts'
import { type Command, checkCommand, type Executor, type Ran, ran } from './executor.ts'
import { remoteLine, remoteResult } from './ssh-remote.ts'

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

/**
 * Runs commands on another machine through the system's own ssh: the user's configuration, agents, jump hosts and known hosts hold. It never
 * asks for anything. One connection serves all commands: its socket lies in a folder that only this user can enter.
 *
 * @throws TypeError for what is no destination.
 */
export function sshExecutor(destination: string, options: SshOptions = {}): Executor {
  if (!isDestination(destination)) throw new TypeError(`not a destination for ssh: ${JSON.stringify(destination)}`)
  const folder = mkdtempSync(join(tmpdir().length > 40 ? '/tmp' : tmpdir(), 'culprit-ssh-'))
  const base = ['ssh', ...(options.config === undefined ? [] : ['-F', options.config]), ...settings(join(folder, '%C'))]
  const once = (command: Command): Promise<Ran> => {
    const mark = `culprit-${randomBytes(9).toString('hex')}`
    const line = remoteLine(command, mark)
    if (line.length > LONGEST_LINE) throw new TypeError('the arguments are too long for a remote command: use standard input')
    return runChild({ ...command, argv: [...base, '--', destination, line] }, { holdStdin: true }).then((ssh) => remoteResult(ssh, mark))
  }
  const connected = createConnection(() => once({ argv: ['true'], timeout: CONNECT }))
  return {
    name: destination,
    async run(command) {
      checkCommand(command)
      if (command.signal?.aborted) return ran('aborted')
      return (await connected()) ?? once(command)
    },
    async close() {
      await runChild({ argv: [...base, '-O', 'exit', '--', destination], timeout: 5000 })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const settings = (control: string): readonly string[] =>
  [
    'BatchMode=yes',
    'ConnectTimeout=15',
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    'ControlMaster=auto',
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

/** Makes the connection once; commands that come meanwhile wait for it. Where it cannot be made, the next command tries again. */
function createConnection(connect: () => Promise<Ran>): () => Promise<Ran | undefined> {
  let first: Promise<Ran> | undefined
  return async () => {
    first ??= connect()
    const made = await first
    if (made.end === 'exited') return undefined
    first = undefined
    return made
  }
}
