import { assumed, type Decision } from '../../decision.ts'
import type { NftTable } from '../ast.ts'
import type { ObjectReferenceStatement, Statement } from '../statement.ts'

const UNIT: Readonly<Record<string, number>> = { bytes: 1, kbytes: 1024, mbytes: 1048576 }

/**
 * What depends on what else passed lately: answered as for a packet that comes alone. Anything else says yes.
 */
export function assumption(statement: Statement): Decision {
  switch (statement.kind) {
    case 'limit':
      return assumed(!statement.over, 'the packet is within the rate limit')
    case 'quota': {
      const used = (statement.used ?? 0) * (UNIT[statement.usedUnit ?? 'bytes'] ?? 1)
      const spent = used >= statement.value * (UNIT[statement.unit] ?? 1)
      return assumed(spent === statement.over, spent ? 'the quota is used up, as when the list was taken' : 'the quota is not used up')
    }
    case 'ct-count':
      return assumed(!statement.over, 'the connections are not more than the limit')
    default:
      return true
  }
}

/** `limit name "x"`, `quota name "x"`: the object's body says which way it decides. */
export function namedAssumption({ type, name }: ObjectReferenceStatement, table: NftTable): Decision {
  if (type !== 'limit' && type !== 'quota') return true
  const object = name.kind === 'value' ? table.objects.find((each) => each.type === type && each.name === name.text) : undefined
  const over = object?.body.some((line) => /\bover\b/.test(line)) ?? false
  return assumed(!over, type === 'limit' ? 'the packet is within the rate limit' : 'the quota is not used up')
}
