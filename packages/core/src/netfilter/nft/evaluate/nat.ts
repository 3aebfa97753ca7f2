import type { Address } from '../../../net/address.ts'
import { type Action, CONTINUE, type NatRequest } from '../../action.ts'
import { unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { NftTable } from '../ast.ts'
import type { Expression } from '../expression.ts'
import type { NatStatement, TproxyStatement } from '../statement.ts'
import { type Datum, isConcat, isSpan } from './datum.ts'
import type { Op } from './rule.ts'
import { withValue } from './value-op.ts'

type Ports = { readonly first: number; readonly last: number }

/** nft_nat_eval(), nft_masq_eval(), nft_redir_eval() */
export function compileNat(node: NatStatement, table: NftTable): Op[] {
  const { address, port } = node
  if (address && port)
    return withValue(address, table, undefined, (scene, datum) =>
      atPort(port, table, scene, (ports) => translate(node, scene, datum, ports)),
    )
  if (address) return withValue(address, table, undefined, (scene, datum) => translate(node, scene, datum, undefined))
  if (port) return withValue(port, table, 'inet_service', (scene, datum) => translate(node, scene, undefined, portsOf(datum)))
  return [(scene) => translate(node, scene, undefined, undefined)]
}

/** A port given beside the address, which may be a map of its own. */
function atPort(port: Expression, table: NftTable, scene: Scene, act: (ports: Ports | undefined) => Action): Action | false {
  const [op] = withValue(port, table, 'inet_service', (_, datum) => act(portsOf(datum)))
  const result = op?.(scene)
  if (result === false || result === undefined) return false
  return typeof result === 'object' && result.kind !== 'chance' && result.kind !== 'assumed' && !('why' in result) ? result : act(undefined)
}

function translate(node: NatStatement, { packet }: Scene, target: Datum | undefined, given: Ports | undefined): Action {
  // nft_nat_inet_eval(): in a table of both families the statement passes over packets of the other.
  if (node.family && node.family !== packet.family) return CONTINUE
  const [where, behind] = target !== undefined && isConcat(target) ? target : [target, undefined]
  const ports = given ?? (behind === undefined ? undefined : portsOf(behind))
  const addresses = where === undefined ? undefined : spanOf(where)
  if (where !== undefined && !addresses) return { kind: 'unknown', unknown: unknown('the address that it is translated to is not known') }
  if (addresses && typeof addresses.first !== typeof packet.src) return CONTINUE
  return { kind: 'nat', request: request(node, addresses, where, ports) }
}

function request(
  node: NatStatement,
  addresses: { readonly first: Address; readonly last: Address } | undefined,
  where: Datum | undefined,
  ports: Ports | undefined,
): NatRequest {
  const random = node.flags.some((flag) => flag === 'random' || flag === 'fully-random')
  const beside = { ...(ports && { ports }), ...(random && { random }) }
  if (node.kind === 'masquerade' || node.kind === 'redirect') return { kind: node.kind, ...beside }
  const literal = node.address?.kind === 'prefix' && where !== undefined && isSpan(where) && where.prefix
  const netmap = literal || (node.typeFlags?.includes('prefix') ?? false)
  return {
    kind: 'range',
    manip: node.kind === 'snat' ? 'source' : 'destination',
    ...(addresses && { addresses }),
    ...beside,
    ...(netmap && { netmap }),
    ...(node.flags.includes('persistent') && { persistent: true }),
  }
}

function spanOf(datum: Datum): { readonly first: Address; readonly last: Address } | undefined {
  const [first, last] = isSpan(datum) ? [datum.first, datum.last] : [datum, datum]
  const known = (end: Datum): end is Address => typeof end === 'number' || typeof end === 'bigint'
  return known(first) && known(last) ? { first, last } : undefined
}

function portsOf(datum: Datum): Ports | undefined {
  const span = spanOf(datum)
  return span && { first: Number(span.first), last: Number(span.last) }
}

/** nft_tproxy_eval(): the packet goes to a local socket; what the rule does behind it has been done before (rule.ts). */
export function compileTproxy(node: TproxyStatement, table: NftTable): Op[] {
  const deliver = (scene: Scene, where: Datum | undefined, port: number | undefined): Action => {
    if (node.family && node.family !== scene.packet.family) return CONTINUE
    const address = where === undefined ? undefined : spanOf(where)?.first
    return { kind: 'tproxy', packet: scene.packet, ...(address !== undefined && { address }), ...(port !== undefined && { port }) }
  }
  const { address, port } = node
  if (address && port)
    return withValue(address, table, undefined, (scene, datum) =>
      atPort(port, table, scene, (ports) => deliver(scene, datum, ports?.first)),
    )
  if (address) return withValue(address, table, undefined, (scene, datum) => deliver(scene, datum, undefined))
  if (port) return withValue(port, table, 'inet_service', (scene, datum) => deliver(scene, undefined, portsOf(datum)?.first))
  return [(scene) => deliver(scene, undefined, undefined)]
}
