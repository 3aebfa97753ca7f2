import type { Agent } from './agent.ts'
import { type Family, iptablesOf } from './scenario.ts'

/** A bundle in memory: path inside it, and text. */
export type Bundle = ReadonlyMap<string, string>

const IP_FILES = {
  'ip-addr.json': ['addr'],
  'ip-link.json': ['link'],
  'ip-route.json': ['route', 'show', 'table', 'all'],
  'ip-rule.json': ['rule'],
  'ip-neigh.json': ['neigh'],
} as const

/** `ip` shows both versions for addresses and links; routes, rules and neighbours it is asked for twice, as `culprit collect` does. */
async function ipFile(agent: Agent, ns: string, version: 4 | 6, args: readonly string[]): Promise<string> {
  const family = args[0] === 'addr' || args[0] === 'link' ? [] : [`-${version}`]
  return agent.must(ns, ['ip', ...family, '-j', '-d', ...args])
}

async function sysctl(agent: Agent, ns: string, version: 4 | 6): Promise<string> {
  const dirs = version === 4 ? ['/proc/sys/net/ipv4', '/proc/sys/net/bridge'] : ['/proc/sys/net/ipv6', '/proc/sys/net/bridge']
  const files = await agent.read(ns, dirs)
  const lines = Object.entries(files).map(([path, value]) => `${path.slice('/proc/sys/'.length).replaceAll('/', '.')} = ${value}\n`)
  return lines.sort().join('')
}

/** What does not change from one scenario to the next: links and addresses, and the pods' own routing. */
export async function staticFiles(agent: Agent, version: 4 | 6): Promise<Bundle> {
  const files = new Map<string, string>()
  for (const name of ['ip-addr.json', 'ip-link.json'] as const)
    files.set(`hosts/H/${name}`, await ipFile(agent, 'H', version, IP_FILES[name]))
  /** With its heading: nobody listens anywhere, and an empty file would not say so. */
  files.set('hosts/H/ss.txt', await agent.must('H', ['ss', '-luntpa']))
  for (const pod of ['P1', 'P2', 'C1']) {
    files.set(`hosts/H/netns/${pod}/ss.txt`, await agent.must(pod, ['ss', '-luntpa']))
    for (const [name, args] of Object.entries(IP_FILES)) files.set(`hosts/H/netns/${pod}/${name}`, await ipFile(agent, pod, version, args))
    files.set(`hosts/H/netns/${pod}/sysctl.txt`, await sysctl(agent, pod, version))
  }
  return files
}

/** The native ruleset without the lab's own table. */
async function nftables(agent: Agent): Promise<string> {
  const tables = (await agent.must('H', ['nft', 'list', 'tables']))
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith(' lab_witness'))
  let text = ''
  for (const table of tables) text += await agent.must('H', ['nft', '-a', 'list', ...table.split(' ')])
  return text
}

/** Named as `culprit collect` names them. */
async function rulesFiles(agent: Agent, family: Family): Promise<readonly (readonly [string, string])[]> {
  const tool = iptablesOf(family)
  const saved = tool === undefined ? [] : [[`${tool.replace('-nft', '')}-save.txt`, await agent.must('H', [`${tool}-save`])] as const]
  return iptablesOf(family) === undefined || family === 'mixed' ? [...saved, ['nft.txt', await nftables(agent)]] : saved
}

/** Everything of H that a scenario changes, read back from the kernel by the tools that anyone would use. */
export async function bundleOf(agent: Agent, family: Family, version: 4 | 6, fixed: Bundle): Promise<Bundle> {
  const files = new Map(fixed)
  const put = (name: string, text: string): unknown => files.set(`hosts/H/${name}`, text)
  for (const [name, text] of await rulesFiles(agent, family)) put(name, text)
  for (const name of ['ip-route.json', 'ip-rule.json', 'ip-neigh.json'] as const)
    put(name, await ipFile(agent, 'H', version, IP_FILES[name]))
  put('ipset-save.txt', await agent.must('H', ['ipset', 'save']))
  put('bridge-link.json', await agent.must('H', ['bridge', '-j', '-d', 'link']))
  put('bridge-fdb.json', await agent.must('H', ['bridge', '-j', '-d', 'fdb']))
  put('sysctl.txt', await sysctl(agent, 'H', version))
  return files
}
