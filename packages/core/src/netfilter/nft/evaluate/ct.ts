import { unknown } from '../../decision.ts'
import type { ConntrackView, Scene, Tuple } from '../../scene.ts'
import type { CtExpression } from '../expression.ts'
import { SYMBOLS } from '../symbols.ts'
import { broken, type Result } from './datum.ts'

const STATE = SYMBOLS.ct_state as Readonly<Record<string, number>>

/** nft_ct_get_eval(): only the state is there for a packet without a connection. */
export function evaluateCt({ key, direction }: CtExpression): (scene: Scene) => Result {
  if (key === 'state')
    return ({ conntrack }) =>
      typeof conntrack === 'string'
        ? (STATE[conntrack === 'untracked' ? 'untracked' : conntrack === 'template' ? 'new' : 'invalid'] as number)
        : (STATE[conntrack.state] as number)
  return (scene) => {
    const { conntrack } = scene
    return typeof conntrack === 'string' ? broken : ofConnection(key, conntrack, direction)
  }
}

function ofConnection(key: string, ct: ConntrackView, direction: CtExpression['direction']): Result {
  const tuple = (direction ?? ct.direction) === 'original' ? ct.original : ct.reply
  switch (key) {
    case 'direction':
      return ct.direction === 'original' ? 0 : 1
    case 'status':
      return statusBits(ct)
    case 'mark':
      return ct.mark
    case 'zone':
      return ct.zone
    case 'helper':
      return ct.helper ?? broken
    case 'l3proto':
      return typeof tuple.src === 'number' ? 2 : 10
    case 'protocol':
      return tuple.protocol
    case 'saddr':
      return tuple.src
    case 'daddr':
      return tuple.dst
    case 'ip saddr':
    case 'ip daddr':
      return inFamily(tuple, key.endsWith('saddr') ? 'src' : 'dst', 'number')
    case 'ip6 saddr':
    case 'ip6 daddr':
      return inFamily(tuple, key.endsWith('saddr') ? 'src' : 'dst', 'bigint')
    case 'proto-src':
      return tuple.sport
    case 'proto-dst':
      return tuple.icmpType === undefined ? tuple.dport : tuple.icmpType * 256 + (tuple.icmpCode ?? 0)
    case 'label':
      return ct.labels
    default:
      return unknown(`ct ${key} is not known from a snapshot`)
  }
}

function inFamily(tuple: Tuple, end: 'src' | 'dst', type: 'number' | 'bigint'): Result {
  const address = tuple[end]
  return typeof address === type ? address : broken
}

function statusBits({ status }: ConntrackView): number {
  const bit = (set: boolean, value: number) => (set ? value : 0)
  return (
    bit(status.expected, 1) |
    bit(status.seenReply, 2) |
    bit(status.assured, 4) |
    bit(status.confirmed, 8) |
    bit(status.snat, 16) |
    bit(status.dnat, 32)
  )
}
