import type { InterfaceAddress, Link } from '../../facts/network.ts'
import { addressBits, familyOf, parseAddress } from '../../net/address.ts'
import { isCommand, type Line, readLines } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { ParsedAddresses } from './addr.ts'
import { scopeOf } from './address-text.ts'
import { macOf } from './link-text.ts'

/** net-tools 2 (`eth0: flags=4163<UP,…>  mtu 1500`) and 1.60 (`eth0      Link encap:Ethernet  HWaddr …`). */
const HEADER = /^(\S+?):?\s+(?:flags=\d+<([^>]*)>\s+mtu\s+(\d+)|Link encap:(.*))$/

export const looksLikeIfconfig = (text: string): boolean => /^\S+\s+(?:flags=\d+<|Link encap:)/m.test(text.slice(0, 20_000))

/** `ifconfig -a`. It shows no ifindex, no peers, and one broadcast address at most. */
export function readIfconfig(text: string, file: string): ParsedAddresses {
  const notes = notesOn(file)
  const links: Link[] = []
  const facts: InterfaceAddress[] = []
  for (const line of readLines(text)) {
    if (isCommand(line.text)) continue
    const head = HEADER.exec(line.text.trim())
    const last = links.at(-1)
    if (head) {
      const label = head[1] as string
      const name = label.split(':')[0] as string
      links.push({ ...emptyLink(name), ...header(head), source: { file, line: line.number } })
    } else if (last === undefined) notes.add('not-understood', 'not a line of ifconfig', line.number, line.text)
    else {
      const address = addressOf(line, last.name, file)
      if (address) facts.push(address)
      const more = property(line.text)
      if (more) links[links.length - 1] = { ...last, ...more }
      else if (!address && !/\b(?:packets|bytes|txqueuelen|errors|collisions|Interrupt|device|Memory|Base address)\b/.test(line.text))
        notes.add('not-understood', 'not a line of ifconfig', line.number, line.text)
    }
  }
  return { facts, links: mergeAliases(links), notes: notes.list() }
}

function emptyLink(name: string): Omit<Link, 'source'> {
  const none = {
    mtu: undefined,
    state: undefined,
    mac: undefined,
    master: undefined,
    type: undefined,
    group: undefined,
    linkType: undefined,
  }
  return {
    index: 0,
    name,
    flags: [],
    ...none,
    peerIndex: undefined,
    peerName: undefined,
    peerNetnsId: undefined,
    peerNetns: undefined,
    promiscuous: false,
  }
}

function header(head: RegExpExecArray): Partial<Link> {
  const [, , flags, mtu, encap] = head
  if (flags !== undefined) return { ...flagsOf(flags.split(',')), mtu: Number(mtu) }
  return { mac: macOf(/HWaddr\s+(\S+)/.exec(encap ?? '')?.[1]), linkType: /^Local Loopback/.test(encap ?? '') ? 'loopback' : 'ether' }
}

/** IFF_RUNNING is what ip(8) derives LOWER_UP and the operstate from. */
function flagsOf(shown: readonly string[]): Partial<Link> {
  const flags = shown.filter((flag) => flag !== 'RUNNING' && flag !== '')
  if (shown.includes('RUNNING')) flags.push('LOWER_UP')
  const up = flags.includes('UP')
  return {
    flags,
    promiscuous: flags.includes('PROMISC'),
    state: up && flags.includes('LOWER_UP') ? (flags.includes('LOOPBACK') ? 'UNKNOWN' : 'UP') : 'DOWN',
  }
}

function property(text: string): Partial<Link> | undefined {
  const ether = /^\s*ether\s+(\S+)/.exec(text)
  if (ether) return { mac: macOf(ether[1]), linkType: 'ether' }
  const old = /^\s*([A-Z]+(?: [A-Z]+)*)\s+MTU:(\d+)\s+Metric:/.exec(text)
  if (old) return { ...flagsOf((old[1] ?? '').split(/\s+/)), mtu: Number(old[2]) }
  if (/^\s*loop\b/.test(text)) return { linkType: 'loopback' }
  return /^\s*unspec\b/.test(text) ? { linkType: 'none' } : undefined
}

const INET = /^\s*inet6?\s+(?:addr:\s*)?([0-9a-fA-F.:]+)(?:\/(\d+))?/

function addressOf(line: Line, device: string, file: string): InterfaceAddress | undefined {
  const found = INET.exec(line.text)
  const address = parseAddress(found?.[1] ?? '')
  if (address === undefined) return undefined
  const value = (pattern: RegExp) => pattern.exec(line.text)?.[1]
  const mask = parseAddress(value(/(?:netmask\s+|Mask:)(\S+)/) ?? '')
  const length =
    found?.[2] ?? value(/prefixlen\s+(\d+)/) ?? (typeof mask === 'number' ? String(ones(mask)) : String(addressBits(familyOf(address))))
  return {
    device,
    family: familyOf(address),
    address,
    prefixLength: Math.min(Number(length), addressBits(familyOf(address))),
    scope: scopeOf((value(/(?:scopeid\s+\S*<|Scope:)(\w+)/) ?? (device === 'lo' ? 'host' : 'global')).toLowerCase()),
    broadcast: parseAddress(value(/(?:broadcast\s+|Bcast:)(\S+)/) ?? ''),
    peer: parseAddress(value(/(?:destination\s+|P-t-P:)(\S+)/) ?? ''),
    secondary: false,
    deprecated: false,
    tentative: false,
    label: undefined,
    source: { file, line: line.number },
  }
}

const ones = (mask: number): number => mask.toString(2).replaceAll('0', '').length

/** `eth0:1` is an address with a label, not a device. */
function mergeAliases(links: readonly Link[]): Link[] {
  const seen = new Set<string>()
  return links.filter((link) => !seen.has(link.name) && seen.add(link.name))
}
