import type { Route } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { type Family, parseAddress } from '../../net/address.ts'
import { formatPrefix, network, type Prefix } from '../../net/prefix.ts'
import { isCommand, readLines, words } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { prefixOf } from './route-words.ts'

const HEADING = /^[ \t]*Destination\s+(?:Gateway\s+Genmask|Next Hop)\s+Flags?/m

export const looksLikeKernelTable = (text: string): boolean => HEADING.test(text.slice(0, 20_000))

/** `route -n` and `netstat -rn`: the main table only. `!` in the flags is unreachable, `!H` too (RTF_REJECT). */
export function readKernelTable(text: string, file: string): Parsed<Route> {
  const notes = notesOn(file)
  const facts: Route[] = []
  let family: Family = 'ip'
  let hasMetric = true
  for (const line of readLines(text)) {
    if (isCommand(line.text) || /^\s*Kernel\b/.test(line.text)) continue
    if (HEADING.test(line.text)) {
      family = /Next Hop/.test(line.text) ? 'ip6' : 'ip'
      hasMetric = /\bMetric\b|\bMet\b/.test(line.text)
      continue
    }
    const source = { file, line: line.number }
    const list = words(line.text)
    const route = family === 'ip' ? route4(list, hasMetric, source) : route6(list, source)
    if (route) facts.push(route)
    else notes.add('not-understood', 'not a line of route -n', line.number, line.text)
  }
  return { facts, notes: notes.list() }
}

/** `Destination Gateway Genmask Flags Metric Ref Use Iface`; netstat has `MSS Window irtt` in the middle. */
function route4(list: readonly string[], hasMetric: boolean, source: Source): Route | undefined {
  const [destination = '', gateway = '', genmask = '', flags = ''] = list
  const mask = parseAddress(genmask)
  const address = parseAddress(destination === 'default' ? '0.0.0.0' : destination)
  if (list.length < 8 || typeof mask !== 'number' || typeof address !== 'number') return undefined
  const length = mask.toString(2).replaceAll('0', '').length
  const metric = hasMetric ? Number(list[4]) : 0
  return route('ip', network(address, length), gateway, flags, Number.isFinite(metric) ? metric : 0, list.at(-1), source)
}

/** `Destination Next-Hop Flags Metric Ref Use Iface`; the table is not told, so local and multicast routes are left by their flags and prefix. */
function route6(list: readonly string[], source: Source): Route | undefined {
  const [destination = '', gateway = '', flags = '', metric = ''] = list
  const prefix = prefixOf(destination === '[::]/0' ? '::/0' : destination.replace(/^\[|\]/g, ''), 'ip6')
  if (prefix === undefined || list.length < 6 || !/^[A-Za-z!]+$/.test(flags)) return undefined
  return route('ip6', prefix, gateway.replace(/[[\]]/g, ''), flags, /^\d+$/.test(metric) ? Number(metric) : 1024, list.at(-1), source)
}

function route(
  family: Family,
  destination: Prefix,
  gateway: string,
  flags: string,
  metric: number,
  device: string | undefined,
  source: Source,
): Route {
  const via = parseAddress(gateway)
  const reject = flags.includes('!')
  const local = family === 'ip6' && /U.*n/.test(flags)
  const multicast = family === 'ip6' && formatPrefix(destination) === 'ff00::/8'
  const type = reject ? 'unreachable' : local ? 'local' : multicast ? 'multicast' : 'unicast'
  const dev = device === '-' || device === '*' ? undefined : device
  const direct = via === undefined || via === 0 || via === 0n
  return {
    family,
    type,
    destination,
    table: local || multicast ? 'local' : 'main',
    nextHops:
      dev === undefined
        ? []
        : [{ device: dev, via: direct ? undefined : via, weight: 1, onlink: false, flags: flags.includes('U') ? [] : ['dead'] }],
    protocol: undefined,
    scope: family === 'ip' && direct ? 'link' : undefined,
    preferredSource: undefined,
    metric,
    tos: 0,
    mtu: undefined,
    extra: [],
    text: [`${formatPrefix(destination)}`, ...(direct ? [] : ['via', gateway]), 'dev', device ?? '', 'metric', String(metric)].join(' '),
    source,
  }
}
