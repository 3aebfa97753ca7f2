import { type AddressRange, parseAddressRange } from '../../../net/range.ts'
import type { Entry } from './book.ts'
import type { Cluster } from './cluster.ts'

/** Hashes of addresses, their raw bytes, masks with holes, NAT that counts on from an address: each address may fare otherwise. */
const BY_ADDRESS =
  /-m (?:u32|cluster)\b|-j (?:HMARK|NETMAP|CLUSTERIP|DNPT|SNPT)\b|\b(?:jhash|symhash|netmap)\b|@(?:nh|th|ih|ll),|\/(?:\d{1,3}\.){3}|\/[\da-f]{0,4}:/i
/** Which address of a range a packet is translated to goes by its addresses. */
const TO_RANGE = /(?:--to-(?:source|destination)|\b[sd]nat\b[^;]*?\bto) \[?[\da-f.:]+\]?-/i
const RANGE = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}-\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}:[\da-f:]*-[\da-f]{0,4}:[\da-f:]*)(?![\w.])/gi

/** Whom a rule's text or an element tells apart beside those that it names as addresses and networks. */
export function dividedBy(text: string): readonly AddressRange[] | 'everybody' {
  if (BY_ADDRESS.test(text) || TO_RANGE.test(text)) return 'everybody'
  return [...text.matchAll(RANGE)].flatMap(([found]) => parseAddressRange(found) ?? [])
}

/** Nobody stands in for whom a rule tells apart without naming him. */
export function divide({ directory, irregularNodes, irregularResidents }: Cluster, { divides }: Entry): void {
  if (divides === 'everybody') {
    for (const node of directory.nodes.keys()) irregularNodes.add(node)
    for (const { id } of directory.residents) irregularResidents.add(id)
    return
  }
  for (const { node, resident } of divides.flatMap((range) => directory.within(range)))
    if (resident) irregularResidents.add(resident.id)
    else irregularNodes.add(node)
}
