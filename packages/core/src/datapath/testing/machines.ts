import type { TextFile } from '../../intake/format.ts'
import { familyOf, formatAddress, parseAddress } from '../../net/address.ts'
import { formatPrefix, network } from '../../net/prefix.ts'

/** A namespace in few words; tests are stories, and what a machine's commands print is written out from it. */
export interface Machine {
  /**
   * A device a line, lo is always there: `eth0 192.0.2.1/24`, `br0 bridge 10.1.0.1/24 fd00::1/64`, `v1@h/p1:eth0 master=br0 hairpin`,
   * `vx vxlan=1:192.0.2.1`, `eth1 down`, `eth2 no-carrier mtu=1400 mac=02:…`, `eth3 not-yet` (carrier, not yet operational), `tun0 noarp`; `10.0.0.9/24,secondary` gives an address its flags.
   */
  readonly devices?: string
  /** Beside the networks of its addresses. `none`: no routes were captured. */
  readonly routes?: string
  readonly rules?: string
  readonly neighbours?: string
  readonly fdb?: string
  readonly iptables?: string
  readonly ip6tables?: string
  readonly legacy?: string
  readonly nft?: string
  readonly ipset?: string
  readonly sysctl?: string
  readonly ss?: string
  readonly conntrack?: string
}

interface Device {
  readonly name: string
  readonly peer: string | undefined
  readonly words: readonly string[]
  readonly addresses: readonly string[]
}

/** Machines by `host` or `host/namespace`, as the files of a bundle. */
export function bundle(machines: Readonly<Record<string, Machine>>): TextFile[] {
  const devices = new Map(Object.entries(machines).map(([id, machine]) => [id, devicesOf(machine)]))
  return Object.entries(machines).flatMap(([id, machine]) => filesOf(id, machine, devices))
}

function devicesOf({ devices = '' }: Machine): readonly Device[] {
  const lines = ['lo 127.0.0.1/8 ::1/128', ...devices.split('\n')].map((line) => line.trim()).filter((line) => line !== '')
  return lines.map((line) => {
    const [head = '', ...rest] = line.split(/\s+/)
    const [name = '', peer] = head.split('@')
    return { name, peer, words: rest.filter((word) => !isAddress(word)), addresses: rest.filter(isAddress) }
  })
}

const isAddress = (word: string): boolean => /^[\da-f.:]+\/\d+/i.test(word)

function filesOf(id: string, machine: Machine, devices: ReadonlyMap<string, readonly Device[]>): TextFile[] {
  const [host, netns] = id.split('/')
  const folder = netns ? `hosts/${host}/netns/${netns}` : `hosts/${host}`
  const own = devices.get(id) ?? []
  const texts: Record<string, string | undefined> = {
    'ip-addr.txt': machine.devices === undefined ? undefined : own.map((device, i) => deviceText(id, device, i + 1, devices)).join(''),
    'ip-route.txt': machine.routes === 'none' || machine.devices === undefined ? undefined : routesText(own, machine.routes ?? ''),
    'ip-rule.txt': machine.rules,
    'ip-neigh.txt': machine.neighbours,
    'bridge-fdb.txt': machine.fdb,
    'iptables-nft-save.txt': machine.iptables,
    'ip6tables-nft-save.txt': machine.ip6tables,
    'iptables-legacy-save.txt': machine.legacy,
    'nft.txt': machine.nft,
    'ipset-save.txt': machine.ipset,
    'sysctl.txt': machine.sysctl,
    'ss.txt': machine.ss,
    'conntrack.txt': machine.conntrack,
  }
  return Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [{ path: `${folder}/${name}`, text: unindented(text) }],
  )
}

/** Template literals are indented with the code around them. */
const unindented = (text: string): string => (text.startsWith('\n') ? `${text.trim().replaceAll(/^[ \t]+/gm, '')}\n` : text)

function deviceText(id: string, device: Device, index: number, devices: ReadonlyMap<string, readonly Device[]>): string {
  const { name, words } = device
  const option = (key: string): string | undefined => words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1)
  const up = !words.includes('down')
  const carrier = up && !words.includes('no-carrier')
  const loop = name === 'lo'
  const operational = carrier && !words.includes('not-yet')
  const flags = [
    !operational && up && 'NO-CARRIER',
    loop ? 'LOOPBACK' : 'BROADCAST,MULTICAST',
    up && 'UP',
    carrier && 'LOWER_UP',
    words.includes('noarp') && 'NOARP',
  ]
  const master = option('master')
  const state = loop ? 'UNKNOWN' : operational ? 'UP' : 'DOWN'
  const [lower, netns] = peerOf(id, device, devices)
  const mac = option('mac') ?? macOf(`${id} ${name}`)
  return `${[
    `${index}: ${name}${lower}: <${flags.filter(Boolean).join(',')}> mtu ${option('mtu') ?? (loop ? 65536 : 1500)} qdisc noqueue ${master ? `master ${master} ` : ''}state ${state} group ${option('group') ?? 'default'} qlen 1000`,
    `    link/${words.includes('tun') ? 'none' : loop ? 'loopback' : 'ether'} ${loop ? '00:00:00:00:00:00' : mac} brd ff:ff:ff:ff:ff:ff${netns} promiscuity 0`,
    ...kindLines(device, option),
    ...device.addresses.map((text) => addressLine(text, name)),
  ].join('\n')}\n`
}

function kindLines({ peer, words }: Device, option: (key: string) => string | undefined): string[] {
  const lines: string[] = []
  const [id, local] = option('vxlan')?.split(':') ?? []
  if (peer !== undefined) lines.push('    veth')
  if (words.includes('bridge')) lines.push('    bridge forward_delay 1500 stp_state 0 vlan_filtering 0 nf_call_iptables 0')
  if (words.includes('dummy')) lines.push('    dummy')
  if (words.includes('tun')) lines.push('    tun type tun pi off')
  if (id !== undefined) lines.push(`    vxlan id ${id} local ${local} dev eth0 srcport 0 0 dstport ${option('port') ?? 8472} nolearning`)
  const on = (word: string) => `${word} ${words.includes(word) ? 'on' : 'off'}`
  if (option('master') !== undefined)
    lines.push(`    bridge_slave state ${option('state') ?? 'forwarding'} ${on('hairpin')} learning on flood on ${on('isolated')}`)
  return lines
}

/** The other end's index, and the namespace it is in as this one numbers it: `h/p1:eth0` or, left to the test, `if7`. */
function peerOf(own: string, { peer }: Device, devices: ReadonlyMap<string, readonly Device[]>): readonly [lower: string, netns: string] {
  if (peer === undefined) return ['', '']
  const [id = '', name = ''] = peer.split(':')
  const index = (devices.get(id) ?? []).findIndex((device) => device.name === name) + 1
  if (id === own) return [`@${name}`, '']
  return [`@${index === 0 ? peer : `if${index}`}`, ` link-netnsid ${[...devices.keys()].indexOf(id) + 1}`]
}

/** A link address of its own for every device of a story. */
export const macOf = (name: string): string => {
  const sum = [...name].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 65536, 7)
  return `02:00:00:00:${(sum >> 8).toString(16).padStart(2, '0')}:${(sum & 255).toString(16).padStart(2, '0')}`
}

function addressLine(text: string, device: string): string {
  const [cidr = '', ...flags] = text.split(',')
  const address = parseAddress(cidr.split('/')[0] as string)
  const family = address !== undefined && familyOf(address) === 'ip6' ? 'inet6' : 'inet'
  const scope =
    device === 'lo' ? 'host' : cidr.startsWith('fe80:') ? 'link' : (flags.find((flag) => flag.startsWith('scope='))?.slice(6) ?? 'global')
  const rest = flags.filter((flag) => !flag.startsWith('scope='))
  return `    ${family} ${cidr} scope ${scope} ${rest.join(' ')} ${family === 'inet' ? device : ''}\n       valid_lft forever preferred_lft forever`
}

/** The network of every address, as the kernel adds it, and the test's own routes. */
function routesText(devices: readonly Device[], own: string): string {
  const networks = devices
    .filter((device) => device.name !== 'lo' && !device.words.includes('down'))
    .flatMap((device) => device.addresses.flatMap((text) => networkRoute(text, device.name)))
  return [...unindented(own).split('\n'), ...networks].filter((line) => line.trim() !== '').join('\n')
}

function networkRoute(text: string, device: string): string[] {
  const [cidr = '', ...flags] = text.split(',')
  const [own = '', length = ''] = cidr.split('/')
  const address = parseAddress(own)
  if (address === undefined || flags.includes('secondary')) return []
  const prefix = formatPrefix(network(address, Number(length)))
  if (typeof address === 'bigint') return [`${prefix} dev ${device} proto kernel metric 256 pref medium`]
  return [`${prefix} dev ${device} proto kernel scope link src ${formatAddress(address)}`]
}
