/// <reference path="./ssh2.d.ts" />
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import ssh2, { type AuthMethod, type Client, type ClientChannel } from 'ssh2'
import { checkCommand, type Executor, type Ran, ran } from '../executor.ts'
import { remoteLine, remoteResult } from '../ssh-remote.ts'
import { createTurns } from '../turns.ts'
import { followChannel } from './channel.ts'
import { type Reaching, readSshConfig } from './config.ts'
import { distrust, keyTypes, knownKeys } from './known-hosts.ts'

/** Milliseconds for the connection; after a failed one in which none other is tried. */
const CONNECT = 15_000
const PAUSE = 5000
/** sshd takes ten sessions on a connection (MaxSessions). */
const SESSIONS = 8

type Connected = { readonly kind: 'client'; readonly client: Client } | { readonly kind: 'failed'; readonly ran: Ran }

/**
 * Runs commands on another machine where this one has no ssh program. Keys, agent, known hosts and the plain part of ssh's configuration hold; a
 * host whose key is not known is never talked to, and a configuration that needs ssh itself (jump hosts, ProxyCommand, Match) is refused.
 */
export function pureSshExecutor(destination: string, config: string | undefined): Executor {
  let attempt: Promise<Connected> | undefined
  const turn = createTurns(SESSIONS)
  const connected = (): Promise<Connected> => {
    attempt ??= connect(destination, config).then((made) => {
      const forget = (): void => {
        attempt = undefined
      }
      if (made.kind === 'client') made.client.on('close', forget)
      else setTimeout(forget, PAUSE).unref()
      return made
    })
    return attempt
  }
  return {
    name: destination,
    async run(command) {
      checkCommand(command)
      const mark = `culprit-${randomBytes(9).toString('hex')}`
      const line = remoteLine(command, mark)
      return turn(async () => {
        if (command.signal?.aborted) return ran('aborted')
        const made = await connected()
        if (made.kind === 'failed') return made.ran
        const channel = await opened(made.client, line)
        return channel instanceof Error
          ? ran('unreachable', { stderr: channel.message })
          : remoteResult(await followChannel(channel, command), mark)
      })
    },
    async close() {
      const made = await attempt
      if (made?.kind === 'client') made.client.end()
    },
  }
}

const opened = (client: Client, line: string): Promise<ClientChannel | Error> =>
  new Promise((resolve) => {
    try {
      client.once('close', () => resolve(new Error('the connection was lost')))
      client.exec(line, (error, channel) => resolve(error ?? channel))
    } catch (error) {
      resolve(error instanceof Error ? error : new Error(String(error)))
    }
  })

function connect(destination: string, config: string | undefined): Promise<Connected> {
  const read = readSshConfig(destination, config)
  if (read.kind === 'unsupported') {
    const stderr = `${read.text}: this machine has no ssh program (install OpenSSH's client)`
    return Promise.resolve({ kind: 'failed', ran: ran('unreachable', { stderr }) })
  }
  const { reaching } = read
  const known = knownKeys(reaching)
  const serverHostKey = keyTypes(known)
  return new Promise((resolve) => {
    const client = new ssh2.Client()
    let distrusted: string | undefined
    client.setMaxListeners(0)
    client.on('ready', () => resolve({ kind: 'client', client }))
    client.on('error', (error: Error & { readonly level?: string }) => {
      const end = distrusted !== undefined || error.level === 'client-authentication' ? 'denied' : 'unreachable'
      resolve({ kind: 'failed', ran: ran(end, { stderr: distrusted ?? error.message }) })
    })
    client.connect({
      host: reaching.host,
      port: reaching.port,
      username: reaching.user,
      readyTimeout: CONNECT,
      keepaliveInterval: 5000,
      keepaliveCountMax: 3,
      authHandler: methodsOf(reaching),
      hostVerifier: (key) => {
        distrusted = distrust(known, key, reaching)
        return distrusted === undefined
      },
      ...(serverHostKey.length > 0 ? { algorithms: { serverHostKey } } : {}),
    })
  })
}

/** The agent's keys, then those in files that need no passphrase. */
function methodsOf({ user: username, agent, keys, onlyKeys }: Reaching): readonly AuthMethod[] {
  const asked: readonly AuthMethod[] = agent === undefined || onlyKeys ? [] : [{ type: 'agent', username, agent }]
  return [...asked, ...keys.flatMap((file): readonly AuthMethod[] => readKey(username, file))]
}

function readKey(username: string, file: string): readonly AuthMethod[] {
  try {
    const key = readFileSync(file)
    return ssh2.utils.parseKey(key) instanceof Error ? [] : [{ type: 'publickey', username, key }]
  } catch {
    return []
  }
}
