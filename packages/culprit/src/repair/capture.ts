import type { Document } from '@culprit/core/intake/document'
import { readDocuments } from '@culprit/core/intake/documents'
import { type Executor, failureOf, succeeded } from '../exec/executor.ts'

/** The state of a machine as files of a bundle: evidence to plan by, and the backup that is kept. */
export interface Captured {
  readonly host: string
  /** Path in the bundle, and text. */
  readonly files: ReadonlyMap<string, string>
  /** What could not be read and why. */
  readonly missing: readonly string[]
}

const COMMANDS: readonly (readonly [file: string, argv: readonly string[]])[] = [
  ['iptables-nft-save.txt', ['iptables-nft-save', '-c']],
  ['iptables-legacy-save.txt', ['iptables-legacy-save', '-c']],
  ['ip6tables-nft-save.txt', ['ip6tables-nft-save', '-c']],
  ['ip6tables-legacy-save.txt', ['ip6tables-legacy-save', '-c']],
  ['nft.json', ['nft', '-j', '-a', 'list', 'ruleset']],
  ['nft.txt', ['nft', 'list', 'ruleset']],
  ['ipset-save.txt', ['ipset', 'save']],
  ['ip-addr.json', ['ip', '-j', '-d', 'addr']],
  ['ip-link.json', ['ip', '-j', '-d', 'link']],
  ['ip-route.json', ['ip', '-j', '-d', 'route', 'show', 'table', 'all']],
  ['ip-6-route.json', ['ip', '-6', '-j', '-d', 'route', 'show', 'table', 'all']],
  ['ip-rule.json', ['ip', '-j', '-d', 'rule']],
  ['ip-6-rule.json', ['ip', '-6', '-j', '-d', 'rule']],
  ['ip-neigh.json', ['ip', '-j', '-d', 'neigh']],
  ['bridge-link.json', ['bridge', '-j', '-d', 'link']],
  ['bridge-fdb.json', ['bridge', '-j', '-d', 'fdb']],
  ['sysctl.txt', ['sysctl', '-a']],
  ['ss.txt', ['ss', '-luntpa']],
  ['conntrack.txt', ['conntrack', '-L']],
]

/** Where the named back ends are not installed the plain program speaks of the only one there is. */
const FALLBACK: readonly (readonly [file: string, argv: readonly string[], unless: string])[] = [
  ['iptables-save.txt', ['iptables-save', '-c'], 'iptables-nft-save.txt'],
  ['ip6tables-save.txt', ['ip6tables-save', '-c'], 'ip6tables-nft-save.txt'],
]

/** What a machine may well be without: no tool, no such state. */
const OPTIONAL = /legacy|ipset|conntrack|bridge|nft|ip6tables|ip-6/

/** Reads the state of the machine that the executor reaches; `name` is what the model calls it (its own name where left out). */
export async function capture(executor: Executor, name?: string): Promise<Captured> {
  const host = name ?? (await ownName(executor))
  const files = new Map<string, string>()
  const missing: string[] = []
  const take = async ([file, argv]: readonly [string, readonly string[]]): Promise<void> => {
    const ran = await executor.run({ argv, timeout: 20_000 })
    if (succeeded(ran)) files.set(`hosts/${host}/${file}`, ran.stdout)
    else if (!OPTIONAL.test(file) || ran.end !== 'not-found') missing.push(failureOf(ran, argv[0] ?? '') ?? file)
  }
  await inTurns(COMMANDS, 6, take)
  for (const [file, argv, unless] of FALLBACK) if (!files.has(`hosts/${host}/${unless}`)) await take([file, argv])
  return { host, files, missing }
}

/** What the machine calls itself. */
export async function ownName(executor: Executor): Promise<string> {
  const ran = await executor.run({ argv: ['uname', '-n'] })
  const name = ran.stdout.trim()
  return succeeded(ran) && /^[\w.-]{1,253}$/.test(name) ? name : 'host'
}

/** So many at a time: an SSH server takes ten sessions on a connection. */
async function inTurns<T>(items: readonly T[], atOnce: number, each: (item: T) => Promise<void>): Promise<void> {
  const left = [...items]
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await each(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** The evidence that it is. An empty output of nft or ipset is an answer: there are no such rules. */
export const documentsOf = ({ files }: Captured): readonly Document[] =>
  readDocuments(
    [...files]
      .filter(([path, text]) => !path.endsWith('/nft.txt') && (text.trim() !== '' || path.endsWith('.json')))
      .map(([path, text]) => ({ path, text, root: '' })),
  )
