import { addressMasker } from '@culprit/core/intake/mask/addresses'
import { maskSecrets } from '@culprit/core/intake/mask/secrets'
import type { Account, Attempt } from './outcome.ts'

/** Of all files together. */
const MOST_BYTES = 1024 * 1024 * 1024

/** A bundle while it is gathered, in memory: files and what became of each command. */
export class Bundle {
  readonly files = new Map<string, Uint8Array>()
  readonly attempts: Attempt[] = []
  readonly hosts: string[] = []
  #bytes = 0

  /** A host's folder name: its own, made harmless and unlike those there are. */
  addHost(name: string): string {
    const clean = fileName(name) || 'host'
    let folder = clean
    for (let n = 2; this.hosts.includes(folder); n++) folder = `${clean}-${n}`
    this.hosts.push(folder)
    return folder
  }

  keep(path: string, bytes: Uint8Array, masked = false): void {
    this.#bytes += bytes.length
    this.files.set(path, masked ? Buffer.from(maskSecrets(Buffer.from(bytes).toString('utf8'))) : bytes)
  }

  /** Is there room for so many bytes more? A hundred hosts with full tables must not fill the memory. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= MOST_BYTES
  }

  /** Replaces addresses in all files (captures are left out: their bytes are not text). */
  redactAddresses(key: string): void {
    const mask = addressMasker(key)
    for (const [path, bytes] of [...this.files]) {
      this.files.delete(path)
      if (!/\.(?:pcap|pcapng)$/.test(path)) this.files.set(mask(path), Buffer.from(mask(Buffer.from(bytes).toString('utf8'))))
    }
    const told = this.attempts.splice(0)
    for (const attempt of told) this.attempts.push({ ...attempt, file: mask(attempt.file), said: attempt.said && mask(attempt.said) })
  }

  /** Puts the account beside the files. */
  close(account: Omit<Account, 'schema' | 'attempts' | 'hosts'>): Account {
    const whole: Account = { schema: 'culprit.collect/v1', ...account, hosts: this.hosts, attempts: this.attempts }
    this.files.set('collect.json', Buffer.from(`${JSON.stringify(whole, null, 1)}\n`))
    return whole
  }
}

/** A name from outside as one part of a path: letters, digits, `.`, `_`, `-`. */
export const fileName = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 120)
