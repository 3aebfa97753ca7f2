import type { Family } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'

export interface TunnelText {
  readonly kind: 'vxlan' | 'geneve' | 'gre' | 'ipip'
  readonly protocol: number
  readonly id: number | undefined
  readonly family: Family
  /** The inner packet, from behind `IP`. */
  readonly text: string
}

const OUTER: readonly (readonly [RegExp, TunnelText['kind'], number])[] = [
  // tcpdump takes port 8472 for OTV, whose header is VXLAN's
  [/^(?:\[[^\]]{0,60}\] )?(?:VXLAN|OTV), flags .{0,60}?(?:vni|instance) (\d+)/, 'vxlan', PROTOCOL.udp],
  [/^(?:\[[^\]]{0,60}\] )?Geneve, .{0,60}?vni (0x[0-9a-f]+|\d+)/, 'geneve', PROTOCOL.udp],
  [/^GREv0, .{0,80}?(?:key=(0x[0-9a-f]+))?/, 'gre', PROTOCOL.gre],
]
/** With -e the inner frame shows its header and not `IP`; an inner packet without a frame, with -v, only its brackets. */
const INNER = /(?:^|[\s:])(?:(IP6?) (?=[\S])|ethertype IPv([46]) \(0x[0-9a-f]{4}\), length \d+: |(?=\((tos|flowlabel|class|hlim) ))/

/** `VXLAN, flags [I] (0x08), vni 1 IP 10.244.0.2 > …`, `GREv0, length 88: IP …`, `IP 10.0.0.1 > …` behind the outer addresses. */
export function tunnelText(rest: string): TunnelText | undefined {
  for (const [pattern, kind, protocol] of OUTER) {
    const found = pattern.exec(rest)
    if (!found) continue
    const behind = rest.slice(found[0].length)
    const inner = INNER.exec(behind)
    if (!inner) return undefined
    const id = found[1] === undefined ? undefined : Number(found[1])
    return { kind, protocol, id, family: familyOf(inner), text: behind.slice(inner.index + inner[0].length) }
  }
  const plain = /^(?:(IP6?) (?=[\S])|(?=\((tos|flowlabel|class|hlim) ))/.exec(rest)
  if (!plain) return undefined
  const v6 = plain[1] === 'IP6' || (plain[2] !== undefined && plain[2] !== 'tos')
  return {
    kind: 'ipip',
    protocol: v6 ? PROTOCOL.ipv6 : PROTOCOL.ipip,
    id: undefined,
    family: v6 ? 'ip6' : 'ip',
    text: rest.slice(plain[0].length),
  }
}

const familyOf = (inner: RegExpExecArray): Family =>
  inner[1] === 'IP6' || inner[2] === '6' || (inner[3] !== undefined && inner[3] !== 'tos') ? 'ip6' : 'ip'
