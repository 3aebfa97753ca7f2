import type { Source } from '../../facts/source.ts'
import { type Address, type Family, parseAddress } from '../../net/address.ts'
import { parsePort } from '../../net/protocol.ts'
import { readLines } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

/** A server behind a virtual service. */
export interface RealServer {
  readonly address: Address
  readonly port: number
  /** How packets are brought there: address translation, its link address alone, IPIP, or it is this host. */
  readonly forward: 'masq' | 'route' | 'tunnel' | 'local'
  /** 0: no new connections. */
  readonly weight: number
  readonly source: Source
}

/** A virtual service of IPVS: by protocol, address and port, or by firewall mark. */
export interface VirtualService {
  readonly match:
    | { readonly kind: 'address'; readonly protocol: 'tcp' | 'udp' | 'sctp'; readonly address: Address; readonly port: number }
    | { readonly kind: 'mark'; readonly mark: number; readonly family: Family }
  /** rr, wrr, lc, wlc, sh, mh … */
  readonly scheduler: string
  /** Seconds for which a client stays with its server. */
  readonly persistent: number | undefined
  readonly servers: readonly RealServer[]
  readonly source: Source
}

type Draft = Omit<VirtualService, 'servers'> & { readonly servers: RealServer[] }

/** Reads `ipvsadm -Ln` and `ipvsadm -Sn`. Names instead of numbers (without -n) are noted: whose they are, nobody tells. */
export function readIpvs(content: string, file: string): Parsed<VirtualService> {
  const notes = notesOn(file)
  const facts: Draft[] = []
  for (const { text, number } of readLines(content)) {
    const line = text.trim()
    const source = { file, line: number }
    if (/^IP Virtual Server version|^Prot LocalAddress|^-> RemoteAddress/.test(line)) continue
    const understood = line.startsWith('-> ')
      ? listedServer(line, source, facts.at(-1))
      : /^-a\s/.test(line)
        ? savedServer(line, source, facts)
        : added(line, source, facts)
    if (!understood) notes.add('not-understood', 'not a line of ipvsadm -Ln or -Sn', number, line)
  }
  return { facts, notes: notes.list() }
}

function added(line: string, source: Source, facts: Draft[]): boolean {
  const service = /^-A\s/.test(line) ? savedService(line, source) : listedService(line, source)
  if (service) facts.push(service)
  return service !== undefined
}

/** `TCP  10.96.0.1:443 rr persistent 10800`, `FWM  1 IPv6 wlc`. */
function listedService(line: string, source: Source): Draft | undefined {
  const mark = /^FWM\s+(\d+)(\s+IPv6)?\s+(\w+)(.*)$/.exec(line)
  if (mark)
    return {
      match: { kind: 'mark', mark: Number(mark[1]), family: mark[2] ? 'ip6' : 'ip' },
      scheduler: mark[3] ?? '',
      persistent: seconds(mark[4] ?? ''),
      servers: [],
      source,
    }
  const found = /^(TCP|UDP|SCTP)\s+(\S+)\s+(\w+)(.*)$/.exec(line)
  const at = found && endpoint(found[2] ?? '')
  if (!found || !at) return undefined
  const protocol = found[1]?.toLowerCase() as 'tcp' | 'udp' | 'sctp'
  return {
    match: { kind: 'address', protocol, ...at },
    scheduler: found[3] ?? '',
    persistent: seconds(found[4] ?? ''),
    servers: [],
    source,
  }
}

const seconds = (rest: string): number | undefined => {
  const found = /\bpersistent(?:\s+(\d+))?/.exec(rest)
  return found ? Number(found[1] ?? 300) : undefined
}

const METHODS: Readonly<Record<string, RealServer['forward']>> = { masq: 'masq', route: 'route', tunnel: 'tunnel', local: 'local' }

/** `-> 192.168.0.2:6443   Masq    1   0   0`. */
function listedServer(line: string, source: Source, service: Draft | undefined): boolean {
  const found = /^->\s+(\S+)\s+(Masq|Route|Tunnel|Local)\s+(\d+)/.exec(line)
  const at = found && endpoint(found[1] ?? '')
  if (!found || !at || !service) return false
  service.servers.push({ ...at, forward: METHODS[found[2]?.toLowerCase() ?? ''] ?? 'masq', weight: Number(found[3]), source })
  return true
}

/** `-A -t 10.96.0.1:443 -s rr -p 10800`. The scheduler is wlc where it is left out. */
function savedService(line: string, source: Source): Draft | undefined {
  const match = matchOf(line)
  if (!match) return undefined
  const persistent = /\s-p(?:\s+(\d+))?/.exec(line)
  return {
    match,
    scheduler: /\s-s\s+(\w+)/.exec(line)?.[1] ?? 'wlc',
    persistent: persistent ? Number(persistent[1] ?? 300) : undefined,
    servers: [],
    source,
  }
}

/** `-a -t 10.96.0.1:443 -r 192.168.0.2:6443 -m -w 1`. */
function savedServer(line: string, source: Source, facts: readonly Draft[]): boolean {
  const match = matchOf(line)
  const at = endpoint(/\s-r\s+(\S+)/.exec(line)?.[1] ?? '', 0)
  const service = match && facts.findLast((one) => isSame(one.match, match))
  if (!at || !service) return false
  const forward = /\s-m(?:\s|$)/.test(line) ? 'masq' : /\s-i(?:\s|$)/.test(line) ? 'tunnel' : 'route'
  service.servers.push({ ...at, forward, weight: Number(/\s-w\s+(\d+)/.exec(line)?.[1] ?? 1), source })
  return true
}

function matchOf(line: string): VirtualService['match'] | undefined {
  const mark = /\s-f\s+(\d+)/.exec(line)
  if (mark) return { kind: 'mark', mark: Number(mark[1]), family: /\s-6(?:\s|$)/.test(line) ? 'ip6' : 'ip' }
  const found = /\s-([tu]|-sctp-service)\s+(\S+)/.exec(line)
  const at = found && endpoint(found[2] ?? '')
  if (!found || !at) return undefined
  return { kind: 'address', protocol: found[1] === 't' ? 'tcp' : found[1] === 'u' ? 'udp' : 'sctp', ...at }
}

const isSame = (a: VirtualService['match'], b: VirtualService['match']): boolean =>
  a.kind === 'mark'
    ? b.kind === 'mark' && a.mark === b.mark && a.family === b.family
    : b.kind === 'address' && a.protocol === b.protocol && a.address === b.address && a.port === b.port

/** `10.96.0.1:443`, `[fd00::1]:443`, `10.96.0.1:https`; `missing` where there is no port. */
function endpoint(text: string, missing?: number): { readonly address: Address; readonly port: number } | undefined {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([\d.]+))(?::([\w-]+))?$/.exec(text)
  const address = parseAddress(found?.[1] ?? found?.[2] ?? '')
  const port = found?.[3] === undefined ? missing : parsePort(found[3])
  return address === undefined || port === undefined ? undefined : { address, port }
}
