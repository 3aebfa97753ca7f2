import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isNamed, type Reaching } from './config.ts'

/** A host's keys as known_hosts has them (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownKeys {
  readonly trusted: readonly { readonly type: string; readonly key: Buffer }[]
  readonly revoked: readonly Buffer[]
}

export function knownKeys({ knownHosts, host, alias, port, hostKeyAlias }: Reaching): KnownKeys {
  const named = hostKeyAlias !== undefined ? [hostKeyAlias] : [alias, host].map((name) => (port === 22 ? name : `[${name}]:${port}`))
  const trusted: { type: string; key: Buffer }[] = []
  const revoked: Buffer[] = []
  for (const line of knownHosts.flatMap(linesOf)) {
    const [, marker, names = '', type = '', text = ''] = /^\s*(?:(@\S+)\s+)?([^\s#@]\S*)\s+(\S+)\s+(\S+)/.exec(line) ?? []
    if (names === '' || !named.some((name) => isMeant(names, name))) continue
    const key = Buffer.from(text, 'base64')
    if (marker === '@revoked') revoked.push(key)
    else if (marker === undefined) trusted.push({ type, key })
  }
  return { trusted, revoked }
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

/** Names are patterns, or one name hashed (HashKnownHosts). */
function isMeant(names: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(names) ?? []
  if (salt === undefined || hash === undefined) return isNamed(names.split(','), name)
  const own = createHmac('sha1', Buffer.from(salt, 'base64')).update(name.toLowerCase()).digest()
  const known = Buffer.from(hash, 'base64')
  return own.length === known.length && timingSafeEqual(own, known)
}

/** Why a key must not be trusted; undefined: it is the one that is known. */
export function distrust({ trusted, revoked }: KnownKeys, key: Buffer, { alias }: Reaching): string | undefined {
  const print = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
  if (revoked.some((one) => one.equals(key))) return `the host key of ${alias} (${print}) is revoked in known_hosts`
  if (trusted.some((one) => one.key.equals(key))) return undefined
  return trusted.length > 0
    ? `the host key of ${alias} (${print}) is another than the one in known_hosts`
    : `the host key of ${alias} (${print}) is not in known_hosts: compare it at the host, and add it there`
}

/** Asks for keys of the types that are known, so that a server with several shows one of them. */
export function keyTypes({ trusted }: KnownKeys): readonly string[] {
  const types = trusted.flatMap(({ type }) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]))
  return [...new Set(types)].filter((type) => SPOKEN.has(type))
}

const SPOKEN = new Set([
  'ssh-ed25519',
  ...['256', '384', '521'].map((size) => `ecdsa-sha2-nistp${size}`),
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
])
