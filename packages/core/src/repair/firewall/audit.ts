import { createEngine, type Engine } from '../../datapath/engine.ts'
import { SOMEBODY } from '../../datapath/matrix/place.ts'
import type { Document } from '../../intake/document.ts'
import type { Namespace } from '../../model/namespace.ts'
import { type Address, familyOf, formatAddress, parseAddress } from '../../net/address.ts'
import { isLoopback } from '../../net/special.ts'
import type { HostNeeds, Need, Trust } from './needs.ts'

export type Admitted = 'open' | 'missing' | 'unknown'

/** What the host's firewall says to its needs, by sending packets through the model of it. */
export interface Audit {
  readonly needs: readonly {
    readonly need: Need
    readonly state: Admitted /** Sources that are refused. */
    readonly refused: readonly string[]
  }[]
  readonly trusts: readonly { readonly trust: Trust; readonly state: Admitted | 'absent' }[]
  /** Where somebody listens whom no role needs, and everyone can reach him. */
  readonly superfluous: readonly { readonly port: number; readonly protocol: string; readonly process: string | undefined }[]
}

/** Ports without which nobody could repair anything. */
const KEPT: ReadonlySet<string> = new Set(['22/tcp'])

export function auditHost(documents: readonly Document[], name: string, needs: HostNeeds): Audit {
  const engine = createEngine(documents)
  const host = engine.model.hosts.get(name)
  const to = needs.address === undefined || parseAddress(needs.address) === undefined ? undefined : (parseAddress(needs.address) as Address)
  const own = host && to !== undefined && host.owned.has(to) ? to : host && uplinkAddress(host)
  if (!host || own === undefined)
    return {
      needs: needs.needs.map((need) => ({ need, state: 'unknown', refused: [] })),
      trusts: needs.trusts.map((trust) => ({ trust, state: 'unknown' })),
      superfluous: [],
    }
  const stranger = formatAddress(SOMEBODY[familyOf(own)])
  return {
    needs: needs.needs.map((need) => {
      const sources = need.sources.length > 0 ? need.sources : [stranger]
      const answers = sources.map((source) => [source, admitted(engine, host, source, own, need)] as const)
      const refused = answers.filter(([, state]) => state === 'missing').map(([source]) => source)
      return {
        need,
        state: refused.length > 0 ? 'missing' : answers.some(([, state]) => state === 'unknown') ? 'unknown' : 'open',
        refused,
      }
    }),
    trusts: needs.trusts.map((trust) => ({ trust, state: trusted(engine, host, trust) })),
    superfluous: superfluousOf(engine, host, own, stranger, needs),
  }
}

function uplinkAddress(host: Namespace): Address | undefined {
  const device = host.fib.ip.routes.find((route) => route.destination.length === 0)?.nextHops[0]?.device
  return (
    host.addresses.find((one) => one.device === device && one.family === 'ip')?.address ??
    host.addresses.find((one) => one.family === 'ip' && !isLoopback(one.address))?.address
  )
}

/** The first and the last port of a range stand for it. */
function admitted(engine: Engine, host: Namespace, source: string, to: Address, { ports, protocol }: Need): Admitted {
  if (!ports || protocol === 'vrrp' || protocol === 'ipip') return 'unknown'
  const states = [...new Set([ports.first, ports.last])].map((port) =>
    reaches(engine, host, deviceTowards(host, source), source, to, port, protocol),
  )
  return states.includes('missing') ? 'missing' : states.includes('unknown') ? 'unknown' : 'open'
}

function reaches(
  engine: Engine,
  host: Namespace,
  iif: string | undefined,
  source: string,
  to: Address,
  port: number,
  protocol: string,
): Admitted {
  const address = typeof to === 'bigint' ? `[${formatAddress(to)}]` : formatAddress(to)
  const result = engine.trace(
    { from: 'outside', host: host.host, ...(iif === undefined ? {} : { iif }), src: source, to: `${address}:${port}/${protocol}` },
    { reply: false },
  )
  if ('kind' in result) return 'unknown'
  const verdicts = result.outcomes.map(({ verdict }) => verdict)
  if (verdicts.some((verdict) => verdict === 'dropped' || verdict === 'rejected')) return 'missing'
  return verdicts.every((verdict) => verdict === 'delivered' || verdict === 'forwarded') ? 'open' : 'unknown'
}

function deviceTowards(host: Namespace, source: string): string | undefined {
  const address = parseAddress(source)
  if (address === undefined) return undefined
  const found = host.fib[familyOf(address)].lookup({
    src: undefined,
    dst: address,
    iif: 'lo',
    mark: 0,
    tos: 0,
    protocol: 6,
    sport: 0,
    dport: 0,
  })
  return found.kind === 'route' ? found.nextHops[0]?.device : undefined
}

/** Is a packet that comes in by the interface, from its own network, let in to the host? */
function trusted(engine: Engine, host: Namespace, trust: Trust): Admitted | 'absent' {
  if (!host.links.has(trust.interface)) return 'absent'
  const own = host.addressesOf.get(trust.interface)?.find(({ family }) => family === 'ip')
  if (!own || typeof own.address !== 'number') return 'unknown'
  return reaches(engine, host, trust.interface, formatAddress((own.address + 1) >>> 0), own.address, 10250, 'tcp')
}

function superfluousOf(engine: Engine, host: Namespace, to: Address, stranger: string, { needs }: HostNeeds): Audit['superfluous'] {
  const listeners = new Map<string, { readonly port: number; readonly protocol: string; readonly process: string | undefined }>()
  for (const socket of host.sockets ?? []) {
    if (socket.state !== 'LISTEN' && socket.state !== 'UNCONN') continue
    if (socket.protocol !== 'tcp' && socket.protocol !== 'udp') continue
    if (socket.address !== undefined && socket.address !== to && (isLoopback(socket.address) || socket.address !== 0)) continue
    const { port, protocol, process } = socket
    const needed = needs.some((need) => need.protocol === protocol && need.ports && need.ports.first <= port && port <= need.ports.last)
    if (!needed && !KEPT.has(`${port}/${protocol}`)) listeners.set(`${port}/${protocol}`, { port, protocol, process })
  }
  return [...listeners.values()].filter(
    ({ port, protocol }) => reaches(engine, host, deviceTowards(host, stranger), stranger, to, port, protocol) === 'open',
  )
}
