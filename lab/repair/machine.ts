import type { Document } from '@culprit/core/intake/document'
import { readDocuments } from '@culprit/core/intake/documents'
import type { Network } from '../real/network.ts'

const CAPTURE: Readonly<Record<string, readonly string[]>> = {
  'iptables-nft-save.txt': ['iptables-nft-save'],
  'iptables-legacy-save.txt': ['iptables-legacy-save'],
  'ip6tables-nft-save.txt': ['ip6tables-nft-save'],
  'nft.json': ['nft', '-j', '-a', 'list', 'ruleset'],
  'ipset-save.txt': ['ipset', 'save'],
  'ip-addr.json': ['ip', '-j', '-d', 'addr'],
  'ip-link.json': ['ip', '-j', '-d', 'link'],
  'ip-route.json': ['ip', '-j', '-d', 'route', 'show', 'table', 'all'],
  'ip-6-route.json': ['ip', '-6', '-j', '-d', 'route', 'show', 'table', 'all'],
  'ip-rule.json': ['ip', '-j', '-d', 'rule'],
  'ip-neigh.json': ['ip', '-j', '-d', 'neigh'],
  'bridge-link.json': ['bridge', '-j', '-d', 'link'],
  'bridge-fdb.json': ['bridge', '-j', '-d', 'fdb'],
  'sysctl.txt': ['sysctl', '-a', '--pattern', String.raw`^net\.ipv[46]\.(ip_forward|conf\.)`],
}

/** What a machine is, in the words of its own tools: what a repair that was taken back must leave as it found it. */
const STATE: readonly (readonly string[])[] = [
  ['iptables-nft-save'],
  ['iptables-legacy-save'],
  ['ip6tables-nft-save'],
  ['nft', '-s', 'list', 'ruleset'],
  ['ipset', 'save', '-sorted'],
  ['ip', '-d', 'addr'],
  ['ip', '-d', 'link'],
  ['ip', '-4', '-d', 'route', 'show', 'table', 'all'],
  ['ip', '-6', '-d', 'route', 'show', 'table', 'all'],
  ['ip', '-4', 'rule'],
  ['ip', '-6', 'rule'],
  ['ip', 'neigh', 'show', 'nud', 'permanent'],
  ['bridge', '-d', 'link'],
  ['bridge', 'fdb'],
  ['sysctl', '-a', '--pattern', String.raw`^net\.ipv[46]\.(ip_forward|conf\.)`],
]

/** The evidence of a namespace of the lab, as the host of that name. */
export async function evidenceOf(network: Network, name: string): Promise<readonly Document[]> {
  const files = await Promise.all(
    Object.entries(CAPTURE).map(async ([file, argv]) => ({ path: `hosts/${name}/${file}`, text: await network.run(name, argv), root: '' })),
  )
  return readDocuments(files.filter(({ text }) => text.trim() !== ''))
}

/** Its state as one text, without what moves by itself: counters, the time of a listing, timers of bridges, learned addresses. */
export async function stateOf(network: Network, name: string): Promise<string> {
  const script = STATE.map((argv, i) => `echo '## ${i}'; ${argv.map((word) => `'${word}'`).join(' ')}`).join('\n')
  const parts = (await network.run(name, ['sh', '-c', script])).split(/^## \d+\n/m).slice(1)
  return parts.map((text, i) => `## ${STATE[i]?.join(' ')}\n${STATE[i]?.[1] === 'neigh' ? sorted(text) : still(text)}`).join('\n')
}

/** Neighbours are listed by a hash with a seed. */
const sorted = (text: string): string => text.split('\n').sort().join('\n')

function still(text: string): string {
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\[\d+:\d+\]/g, '[0:0]')
    .replace(/\b(\w+_timer)\s+[\d.]+/g, '$1 0')
    .replace(/ (?:initial_)?state (?:UP|DOWN|UNKNOWN|LOWERLAYERDOWN)\b/g, '')
    .replace(/\b(?:designated_cost|topology_change|topology_change_detected) \d+ /g, '')
    .replace(/\bstate (?:forwarding|disabled|learning|listening)\b/g, 'state -')
    .replace(/<[^>]*>/g, (flags) => flags.replace(/NO-CARRIER,|,?LOWER_UP/g, ''))
    .replace(/^.*\b(?:dynamic|tentative)\b.*\n/gm, '')
    .replace(/^ +valid_lft forever preferred_lft forever\n/gm, '')
    .replace(/^.*\b(?:fe80:|ff00:).*\n/gm, '')
    .replace(/^[\da-f:]{17} dev .*\n/gm, (line) => (line.includes('permanent') && !line.startsWith('33:33') ? line : ''))
    .replace(/ (?:linkdown|dead)\b/g, '')
}

/** Lines that only one of two texts has, and, where they have the same, those in another order. */
export function difference(before: string, after: string): readonly string[] {
  if (before === after) return []
  const [old, now] = [before.split('\n'), after.split('\n')]
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`)
  const come = now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`)
  if (gone.length + come.length > 0) return [...gone, ...come]
  const at = old.findIndex((line, i) => line !== now[i])
  return [
    `in another order: ${now.slice(Math.max(0, at - 1), at + 3).join(' / ')} instead of ${old.slice(Math.max(0, at - 1), at + 3).join(' / ')}`,
  ]
}

/** A machine with something of everything that a repair may change: rules of both programs, routes, a tunnel, a bridge with ports, sets. */
export async function buildMachine(network: Network, name: string): Promise<void> {
  await network.add(name)
  await network.add(`${name}w`)
  const ip = (line: string): Promise<string> => network.ip(name, line)
  for (const i of [0, 1, 2]) await ip(`link add eth${i} type veth peer name w${i} netns @${name}w`)
  for (const i of [0, 1, 2]) await network.ip(`${name}w`, `link set w${i} up`)
  for (const line of [
    'addr add 192.0.2.10/24 dev eth0',
    'addr add 192.0.2.11/24 dev eth0',
    'addr add 192.0.2.12/24 dev eth0',
    'addr add fd00::10/64 dev eth0 nodad',
    'link set eth0 up',
    'link add br0 address 02:00:00:00:00:b0 type bridge',
    'link set eth1 master br0 up',
    'link set eth2 master br0 up',
    'addr add 10.244.1.1/24 dev br0',
    'link set br0 up',
    'link add vx0 address 02:00:00:00:00:01 mtu 1450 type vxlan id 1 local 192.0.2.10 dev eth0 dstport 8472 nolearning',
    'addr add 10.244.1.0/32 dev vx0',
    'link set vx0 up',
    'route add default via 192.0.2.1 proto static metric 100',
    'route add 10.244.2.0/24 via 10.244.2.0 dev vx0 onlink',
    'route add 198.51.100.0/24 via 192.0.2.2 dev eth0 src 192.0.2.11 mtu 1400',
    'route add blackhole 203.0.113.0/24',
    'route add 10.9.0.0/16 dev eth0 table 52',
    'route add default table 53 nexthop via 192.0.2.3 weight 2 nexthop via 192.0.2.4',
    '-6 route add 2001:db8:1::/48 via fd00::1 dev eth0',
    'rule add pref 5270 to 10.9.0.0/16 lookup 52',
    'rule add pref 100 fwmark 0x1/0xff lookup 53',
    'neigh add 10.244.2.0 lladdr 02:00:00:00:00:02 dev vx0 nud permanent',
    'neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent',
  ])
    await ip(line)
  await network.bridge(name, 'fdb add 02:00:00:00:00:02 dev vx0 dst 192.0.2.20 self permanent')
  await network.bridge(name, 'link set dev eth1 hairpin on')
  await network.run(name, ['iptables-nft-restore'], RULES)
  await network.run(name, ['iptables-legacy-restore'], LEGACY)
  await network.run(name, ['ip6tables-nft-restore'], '*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n')
  await network.run(name, ['nft', '-f', '-'], NATIVE)
  await network.run(name, ['ipset', 'restore'], SETS)
  await settled(network, name)
}

/** Waits until carriers are up and duplicate addresses are looked for. */
async function settled(network: Network, name: string): Promise<void> {
  let before = ''
  for (let tries = 0; tries < 20; tries++) {
    const now = await stateOf(network, name)
    if (now === before && !(await network.run(name, ['ip', 'addr'])).includes('tentative')) return
    before = now
    await new Promise((later) => setTimeout(later, 500))
  }
}

const RULES = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8081
-A DOCKER -i br0 -j RETURN
-A DOCKER ! -i br0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.1.2:80
COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -s 10.244.0.0/16 -m comment --comment "it's \\"quoted\\"" -j ACCEPT
-A FORWARD -d 10.244.0.0/16 -j ACCEPT
-A FORWARD -s 10.244.0.0/16 -m comment --comment "it's \\"quoted\\"" -j ACCEPT
-A DOCKER-USER -p udp -m multiport --dports 8472,4789 -j DROP
-A DOCKER-USER -j RETURN
COMMIT
`
const LEGACY = `*filter
:INPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p udp -m udp --dport 8472 -j DROP
COMMIT
`
const NATIVE = `table inet guard {
  set admins { type ipv4_addr; elements = { 192.0.2.50, 192.0.2.51 } }
  chain input {
    type filter hook input priority 10; policy accept;
    ct state established,related accept
    ip saddr @admins tcp dport 22 counter accept
    udp dport 8472 drop
    tcp dport { 80, 443 } accept comment "web"
  }
}
`
const SETS = `create peers hash:net family inet
add peers 10.244.0.0/16
add peers 192.0.2.0/24
`
