import type { Family } from '../../../net/address.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import type { RejectWith } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface RejectTarget {
  readonly kind: 'REJECT'
  readonly with: RejectWith
}

/** Name as iptables-save prints it, ICMP type and code, and the short name that is also taken (libipt_REJECT.c, libip6t_REJECT.c). */
const kinds: Readonly<Record<Family, readonly (readonly [name: string, type: number, code: number, alias: string])[]>> = {
  ip: [
    ['icmp-net-unreachable', 3, 0, 'net-unreach'],
    ['icmp-host-unreachable', 3, 1, 'host-unreach'],
    ['icmp-proto-unreachable', 3, 2, 'proto-unreach'],
    ['icmp-port-unreachable', 3, 3, 'port-unreach'],
    ['icmp-net-prohibited', 3, 9, 'net-prohib'],
    ['icmp-host-prohibited', 3, 10, 'host-prohib'],
    ['icmp-admin-prohibited', 3, 13, 'admin-prohib'],
  ],
  ip6: [
    ['icmp6-no-route', 1, 0, 'no-route'],
    ['icmp6-adm-prohibited', 1, 1, 'adm-prohibited'],
    ['icmp6-not-neighbour', 1, 2, 'not-neighbour'],
    ['icmp6-addr-unreachable', 1, 3, 'addr-unreach'],
    ['icmp6-port-unreachable', 1, 4, 'port-unreach'],
    ['icmp6-policy-fail', 1, 5, 'policy-fail'],
    ['icmp6-reject-route', 1, 6, 'reject-route'],
  ],
}
const DEFAULT: Readonly<Record<Family, string>> = { ip: 'icmp-port-unreachable', ip6: 'icmp6-port-unreachable' }

function parseWith(text: string, family: Family): RejectWith | undefined {
  if (text === 'tcp-reset' || text === 'tcp-rst') return { kind: 'tcp-reset' }
  const found = kinds[family].find(([name, , , alias]) => name === text || alias === text)
  return found && { kind: 'icmp', name: found[0], type: found[1], code: found[2] }
}

const name = (reject: RejectWith): string => (reject.kind === 'icmp' ? reject.name : 'tcp-reset')

/** reject_tg(), ipt_REJECT.c; reject_tg6(), ip6t_REJECT.c. */
export const reject: TargetModule<RejectTarget> = {
  kind: 'REJECT',
  options: { 'reject-with': 1 },
  read(given, { family, protocol }) {
    const options = new OptionReader(given)
    const reject = options.value(['reject-with'], (text = '') => parseWith(text, family)) ??
      parseWith(DEFAULT[family], family) ?? { kind: 'tcp-reset' }
    options.require(reject.kind !== 'tcp-reset' || protocol === PROTOCOL.tcp, 'a TCP reset needs -p tcp')
    return options.finish({ kind: 'REJECT', with: reject })
  },
  print: (target) => `--reject-with ${name(target.with)}`,
  act: (target) => ({ kind: 'reject', with: target.with }),
  explain: (target) => (target.with.kind === 'tcp-reset' ? 'refuses it with a TCP reset' : `refuses it with ${target.with.name}`),
}
