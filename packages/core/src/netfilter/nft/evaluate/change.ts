import { alterPacket, type Packet, PROTOCOL } from '../../../net/packet.ts'
import { type Action, CONTINUE } from '../../action.ts'
import { unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { NftTable } from '../ast.ts'
import type { CtExpression, Expression, PayloadExpression } from '../expression.ts'
import { hintOf } from '../expressions/value.ts'
import type { MangleStatement } from '../statement.ts'
import { flagsOf, formatMac } from './constant.ts'
import { type Datum, isBroken } from './datum.ts'
import { evaluatePayload } from './payload.ts'
import type { Op } from './rule.ts'
import { withValue } from './value-op.ts'

/** `meta mark set …`, `ct mark set …`, `ip dscp set …`: nft_meta_set_eval(), nft_ct_set_eval(), nft_payload_set_eval(). */
export function compileChange({ target, value }: MangleStatement, table: NftTable): Op[] {
  if (target.kind === 'ct' && target.key === 'label') return [labelOp(value)]
  return withValue(value, table, hintOf(target), (scene, datum) => change(target, scene, datum))
}

function change(target: Expression, scene: Scene, datum: Datum): Action | false {
  switch (target.kind) {
    case 'meta':
      return changeMeta(target.key, scene.packet, datum)
    case 'ct':
      return changeCt(target, datum)
    case 'payload':
      return isBroken(evaluatePayload(target)(scene)) ? false : changePayload(target, scene.packet, datum)
    case 'tcp-option':
      return scene.packet.protocol === PROTOCOL.tcp ? CONTINUE : false
    case 'exthdr':
    case 'ip-option':
      return CONTINUE
    default:
      return { kind: 'unknown', unknown: unknown(`what setting ${target.kind} does is not modelled`) }
  }
}

const altered = (packet: Packet): Action => ({ kind: 'alter', packet })

function changeMeta(key: string, packet: Packet, datum: Datum): Action {
  if (typeof datum !== 'number') return CONTINUE
  if (key === 'mark') return altered(alterPacket(packet, { mark: datum >>> 0 }))
  if (key === 'priority') return altered(alterPacket(packet, { priority: datum >>> 0 }))
  if (key === 'pkttype')
    return altered(
      alterPacket(packet, { packetType: (['host', 'broadcast', 'multicast', 'otherhost'] as const)[datum] ?? packet.packetType }),
    )
  return CONTINUE
}

function changeCt({ key, direction }: CtExpression, datum: Datum): Action {
  if (key === 'mark' && typeof datum === 'number') return { kind: 'alter', conntrack: { mark: datum >>> 0 } }
  if (key === 'zone' && typeof datum === 'number')
    return { kind: 'alter', conntrack: { always: true, zone: { id: datum, direction: direction ?? 'both' } } }
  return CONTINUE
}

/** `ct label set 127` sets one bit and leaves the others. */
function labelOp(value: Expression): Op {
  const bit = flagsOf(value, 'integer')
  return ({ conntrack }) => {
    if (bit === undefined) return { kind: 'unknown', unknown: unknown('the number of the label is not known') }
    return typeof conntrack === 'string' ? CONTINUE : { kind: 'alter', conntrack: { labels: conntrack.labels | (1n << BigInt(bit)) } }
  }
}

function changePayload({ protocol, field }: PayloadExpression, packet: Packet, datum: Datum): Action {
  const address = typeof datum === 'number' || typeof datum === 'bigint' ? datum : undefined
  if (address === undefined) return { kind: 'unknown', unknown: unknown(`the new ${protocol} ${field} is not known`) }
  const value = Number(address)
  switch (field) {
    case 'saddr':
      return altered(protocol === 'ether' ? alterPacket(packet, { sourceMac: formatMac(value) }) : alterPacket(packet, { src: address }))
    case 'daddr':
      return altered(
        protocol === 'ether' ? alterPacket(packet, { destinationMac: formatMac(value) }) : alterPacket(packet, { dst: address }),
      )
    case 'ttl':
    case 'hoplimit':
      return altered(alterPacket(packet, { ttl: value }))
    case 'dscp':
      return altered(alterPacket(packet, { tos: (value << 2) | (packet.tos & 3) }))
    case 'ecn':
      return altered(alterPacket(packet, { tos: (packet.tos & ~3) | value }))
    case 'sport':
      return altered(alterPacket(packet, { sport: value }))
    case 'dport':
      return altered(alterPacket(packet, { dport: value }))
    case 'flags':
      return protocol === 'tcp' ? altered(alterPacket(packet, { flags: value })) : CONTINUE
    case 'length':
      return protocol.startsWith('ip') ? altered(alterPacket(packet, { length: protocol === 'ip' ? value : value + 40 })) : CONTINUE
    case 'protocol':
    case 'nexthdr':
      return { kind: 'unknown', unknown: unknown('a change of the protocol is not modelled') }
    default:
      // Fields that the model's packets do not have.
      return CONTINUE
  }
}
