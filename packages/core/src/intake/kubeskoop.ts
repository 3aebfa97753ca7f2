import type { Document, Place } from './document.ts'
import type { Format } from './format.ts'
import { readAs } from './read-as.ts'
import type { Hints } from './readers.ts'

type Fields = Readonly<Record<string, unknown>>
type Text = readonly [format: Format, text: string, hints?: Hints]

const fieldsOf = (value: unknown): Fields => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {})
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : [])
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/**
 * What KubeSkoop's collector prints of a node (pkg/skoop/k8s NodeNetworkStackDump): its pods `p`, and the network stacks of the node and of each pod
 * `n`. Each stack is put into the words of ip(8), sysctl(8) and iptables-save, which it was taken from, and read as those are. undefined: it is none.
 */
export function readKubeskoop(text: string, path: string, place: Place): readonly Document[] | undefined {
  const dump = parsed(text)
  const stacks = listOf(dump?.n)
  if (!dump || stacks.length === 0 || !stacks.some((stack) => Array.isArray(stack.if))) return undefined
  const pods = new Map(listOf(dump.p).map((pod) => [textOf(pod.net), `${pod.ns}_${pod.n}`]))
  return stacks.flatMap((stack) => {
    const isHost = stack.n === HOST || stack.k === HOST || stack.p === 1
    const netns = isHost ? '' : (pods.get(textOf(stack.n)) ?? textOf(stack.i) ?? 'netns').replace(/[^\w.-]/g, '_')
    return textsOf(stack).flatMap(([format, said, hints = {}]) => readAs(format, said, path, { host: place.host, netns }, hints))
  })
}

/** The key of the node's own namespace. */
const HOST = '/proc/1/ns/net'

function parsed(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function textsOf(stack: Fields): readonly Text[] {
  const links = listOf(stack.if)
  const names = new Map(links.map((link) => [link.i, textOf(link.n)]))
  const settings = Object.entries(fieldsOf(stack.s)).map(
    ([key, value]) => `${key.replace(/^\/?(?:proc\/sys\/)?/, '').replaceAll('/', '.')} = ${value}\n`,
  )
  const rules = listOf(stack.ru)
  const rulesOf = (family: number): readonly Fields[] => rules.filter((rule) => rule.f === family).map(ruleOf)
  return [
    ['ip-addr', JSON.stringify(links.map((link) => linkOf(link, names)))],
    ['ip-route', JSON.stringify(listOf(stack.r).map(routeOf))],
    ...(rulesOf(2).length ? ([['ip-rule', JSON.stringify(rulesOf(2)), { family: 'ip' }]] as const) : []),
    ...(rulesOf(10).length ? ([['ip-rule', JSON.stringify(rulesOf(10)), { family: 'ip6' }]] as const) : []),
    ['ip-neigh', JSON.stringify(links.flatMap((link) => listOf(link.ne).map((one) => neighbourOf(one, names))))],
    ...(settings.length ? ([['sysctl', settings.join('')]] as const) : []),
    ...(typeof stack.it === 'string' ? ([['iptables-save', stack.it]] as const) : []),
  ]
}

const KINDS = new Set(['veth', 'bridge', 'vxlan', 'ipip', 'dummy', 'ipvlan', 'macvlan', 'tun', 'bonding'])

function linkOf(link: Fields, names: ReadonlyMap<unknown, string | undefined>): Fields {
  const up = link.st === 1 || link.st === 3
  const kind = textOf(link.d)
  return {
    ifindex: link.i,
    ...(numberOf(link.p) ? { link_index: link.p, link_netnsid: 0 } : {}),
    ifname: link.n,
    flags: [...(link.n === 'lo' ? ['LOOPBACK'] : ['BROADCAST']), ...(up ? ['UP', 'LOWER_UP'] : [])],
    mtu: link.m,
    operstate: link.st === 1 ? 'UP' : link.st === 2 ? 'DOWN' : 'UNKNOWN',
    ...(names.get(link.mi) !== undefined && link.mi !== 0 ? { master: names.get(link.mi) } : {}),
    ...(kind !== undefined && KINDS.has(kind) ? { linkinfo: { info_kind: kind } } : {}),
    addr_info: listOf(link.a).flatMap((address) => {
      const prefix = prefixOf(address)
      if (!prefix) return []
      const [local, length] = prefix
      const scope = /^127\.|^::1$/.test(local) ? 'host' : /^fe80:/i.test(local) ? 'link' : 'global'
      return [{ family: local.includes(':') ? 'inet6' : 'inet', local, prefixlen: length, scope }]
    }),
  }
}

const TYPES = ['unspec', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit', 'throw']
const SCOPES: Readonly<Record<number, string>> = { 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'redirect', 2: 'kernel', 3: 'boot', 4: 'static', 9: 'ra', 12: 'bird' }
const TABLES: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' }

function routeOf(route: Fields): Fields {
  const prefix = prefixOf(fieldsOf(route.d))
  const [table, type] = [numberOf(route.tb) ?? 254, numberOf(route.t) ?? 1]
  const scope = SCOPES[numberOf(route.sc) ?? 0]
  const gateway = textOf(route.g)
  return {
    type: TYPES[type] ?? 'unicast',
    dst: prefix === undefined || prefix[1] === 0 ? 'default' : prefix.join('/'),
    ...(gateway === undefined ? {} : { gateway }),
    ...(textOf(route.o) === undefined ? {} : { dev: route.o }),
    table: TABLES[table] ?? String(table),
    protocol: PROTOCOLS[numberOf(route.p) ?? 3] ?? String(route.p),
    ...(scope === undefined ? {} : { scope }),
    ...(textOf(route.s) === undefined ? {} : { prefsrc: route.s }),
    ...(numberOf(route.pr) ? { metric: route.pr } : {}),
    flags: [],
  }
}

function ruleOf(rule: Fields): Fields {
  const [src, dst] = [prefixOf(fieldsOf(rule.s)), prefixOf(fieldsOf(rule.d))]
  const table = numberOf(rule.tb) ?? 254
  const hex = (value: unknown): string => `0x${((numberOf(value) ?? 0) >>> 0).toString(16)}`
  return {
    priority: Math.max(0, numberOf(rule.p) ?? 0),
    ...(src ? { src: src[0], srclen: src[1] } : { src: 'all' }),
    ...(dst ? { dst: dst[0], dstlen: dst[1] } : {}),
    ...((numberOf(rule.m) ?? 0) > 0 ? { fwmark: hex(rule.m), ...((numberOf(rule.ma) ?? 0) > 0 ? { fwmask: hex(rule.ma) } : {}) } : {}),
    ...(textOf(rule.i) ? { iif: rule.i } : {}),
    ...(textOf(rule.o) ? { oif: rule.o } : {}),
    table: TABLES[table] ?? String(table),
  }
}

/** NUD_* of linux/neighbour.h. */
const STATES: Readonly<Record<number, string>> = {
  1: 'INCOMPLETE',
  2: 'REACHABLE',
  4: 'STALE',
  8: 'DELAY',
  16: 'PROBE',
  32: 'FAILED',
  64: 'NOARP',
  128: 'PERMANENT',
}

function neighbourOf(one: Fields, names: ReadonlyMap<unknown, string | undefined>): Fields {
  const mac = bytesOf(one.HardwareAddr)
  return {
    dst: one.IP,
    dev: names.get(one.LinkIndex),
    ...(mac.length === 6 ? { lladdr: mac.map((byte) => byte.toString(16).padStart(2, '0')).join(':') } : {}),
    state: [STATES[numberOf(one.State) ?? 0] ?? 'NONE'],
  }
}

/** Go prints a net.IPNet as `{"IP":"10.0.0.0","Mask":"//8AAA=="}`. */
function prefixOf({ IP, Mask }: Fields): readonly [string, number] | undefined {
  const address = textOf(IP)
  if (address === undefined) return undefined
  return [address, bytesOf(Mask).reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)]
}

/** Base64 without help from a platform. */
function bytesOf(value: unknown): readonly number[] {
  if (typeof value !== 'string' || value.length > 64) return []
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const bits = [...value.replace(/=+$/, '')].map((letter) => Math.max(0, letters.indexOf(letter)).toString(2).padStart(6, '0')).join('')
  return Array.from({ length: Math.floor(bits.length / 8) }, (_, i) => Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2))
}
