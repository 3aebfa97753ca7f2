import { PROTOCOL } from '../../../net/packet.ts'
import type { Action } from '../../action.ts'
import { unknown } from '../../decision.ts'
import type { Expression } from '../expression.ts'
import type { RejectStatement } from '../statement.ts'
import { SYMBOLS } from '../symbols.ts'
import type { Op } from './rule.ts'

/** ICMP names as the REJECT target prints them, by code. */
const IP: Readonly<Record<number, string>> = {
  0: 'icmp-net-unreachable',
  1: 'icmp-host-unreachable',
  2: 'icmp-proto-unreachable',
  3: 'icmp-port-unreachable',
  4: 'icmp-frag-needed',
  9: 'icmp-net-prohibited',
  10: 'icmp-host-prohibited',
  13: 'icmp-admin-prohibited',
}
const IP6: Readonly<Record<number, string>> = {
  0: 'icmp6-no-route',
  1: 'icmp6-adm-prohibited',
  3: 'icmp6-addr-unreachable',
  4: 'icmp6-port-unreachable',
  5: 'icmp6-policy-fail',
  6: 'icmp6-reject-route',
}
/** nft_reject_icmp_code(), nft_reject_icmpv6_code(): what an icmpx code is in each family. */
const ICMPX = [
  { ip: 0, ip6: 0 },
  { ip: 3, ip6: 4 },
  { ip: 1, ip6: 3 },
  { ip: 13, ip6: 1 },
] as const
const PORT_UNREACHABLE = 1

/** nft_reject_inet_eval(); nft puts the condition before it that the packet has such a header. */
export function compileReject({ type, code }: RejectStatement): Op {
  switch (type) {
    case 'tcp reset':
      return ({ packet }) => (packet.protocol === PROTOCOL.tcp ? { kind: 'reject', with: { kind: 'tcp-reset' } } : false)
    case 'icmp': {
      const number = codeOf(code, 'icmp_code', 3)
      return ({ packet }) => (packet.family === 'ip' ? withIcmp('ip', number) : false)
    }
    case 'icmpv6': {
      const number = codeOf(code, 'icmpv6_code', 4)
      return ({ packet }) => (packet.family === 'ip6' ? withIcmp('ip6', number) : false)
    }
    default: {
      const number = codeOf(code, 'icmpx_code', PORT_UNREACHABLE)
      const codes = number === undefined ? undefined : ICMPX[number]
      return ({ packet }) => withIcmp(packet.family, codes?.[packet.family])
    }
  }
}

function codeOf(code: Expression | undefined, type: string, usual: number): number | undefined {
  if (!code) return usual
  if (code.kind !== 'value') return undefined
  return SYMBOLS[type]?.[code.text] ?? (/^\d+$/.test(code.text) ? Number(code.text) : undefined)
}

function withIcmp(family: 'ip' | 'ip6', code: number | undefined): Action {
  if (code === undefined) return { kind: 'unknown', unknown: unknown('how it rejects is not known') }
  const name = (family === 'ip' ? IP : IP6)[code] ?? `${family === 'ip' ? 'icmp' : 'icmp6'} code ${code}`
  return { kind: 'reject', with: { kind: 'icmp', type: family === 'ip' ? 3 : 1, code, name } }
}
