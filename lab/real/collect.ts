import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { settled } from '../settled.ts'
import type { Network } from './network.ts'

/** A bundle in memory: path inside it, and text. */
export type Bundle = ReadonlyMap<string, string>

/** A namespace of the lab and its folder in the bundle: `hosts/n1`, `hosts/n1/netns/p11`. */
export interface Captured {
  readonly inside: string
  readonly folder: string
  /** The iptables that its rules are in. */
  readonly backend: 'nft' | 'legacy'
}

const commands = (backend: Captured['backend']): Readonly<Record<string, readonly string[]>> => ({
  'iptables-save.txt': [`iptables-${backend}-save`, '-c'],
  'nft.json': ['nft', '-j', 'list', 'ruleset'],
  'ip-addr.json': ['ip', '-j', '-d', 'addr'],
  'ip-link.json': ['ip', '-j', '-d', 'link'],
  'ip-route.json': ['ip', '-j', '-d', 'route', 'show', 'table', 'all'],
  'ip-rule.json': ['ip', '-j', '-d', 'rule'],
  'ip-neigh.json': ['ip', '-j', '-d', 'neigh'],
  'bridge-link.json': ['bridge', '-j', '-d', 'link'],
  'bridge-fdb.json': ['bridge', '-j', '-d', 'fdb'],
  'sysctl.txt': [
    'sysctl',
    '-a',
    '--pattern',
    String.raw`^net\.(ipv4\.(ip_forward|conf\.)|bridge\.|netfilter\.nf_conntrack_(max|tcp_(loose|be_liberal)))`,
  ],
  'conntrack.txt': ['conntrack', '-L'],
  /** With its heading: where nobody listens, an empty file would not say so. */
  'ss.txt': ['ss', '-luntpa'],
})

/** Reads everything by the tools that anyone would use, once the devices are what they are going to be. */
export async function collect(network: Network, captured: readonly Captured[]): Promise<Bundle> {
  await Promise.all(captured.map(({ inside }) => settled(() => network.run(inside, ['ip', '-j', 'link']))))
  const files = captured.flatMap(({ inside, folder, backend }) =>
    Object.entries(commands(backend)).map(async ([name, argv]) => [`${folder}/${name}`, await network.run(inside, argv)] as const),
  )
  return new Map(await Promise.all(files))
}

/** Writes a bundle as a folder. */
export function writeBundle(bundle: Bundle, folder: string): void {
  for (const [path, text] of bundle) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}
