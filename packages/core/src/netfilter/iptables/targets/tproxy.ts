import { type Address, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import { alterPacket, PROTOCOL } from '../../../net/packet.ts'
import { parsePort } from '../../../net/protocol.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { changeBits, hex, type MaskedValue, parseMasked } from './values.ts'

export interface TproxyTarget {
  readonly kind: 'TPROXY'
  /** 0: the packet's own destination port. */
  readonly port: number
  /** All zeros: the first address of the interface that it came in by. */
  readonly address: Address
  readonly mark: MaskedValue
}

/** tproxy_tg4(), xt_TPROXY.c: marks the packet and gives it to a transparent socket; without one the packet is dropped. */
export const tproxy: TargetModule<TproxyTarget> = {
  kind: 'TPROXY',
  options: { 'on-port': 1, 'on-ip': 1, 'tproxy-mark': 1 },
  read(given, { family, protocol }) {
    const options = new OptionReader(given)
    const port = options.value(['on-port'], (text = '') => parsePort(text))
    const address = options.value(['on-ip'], (text = '') => parseAddress(text)) ?? (family === 'ip' ? 0 : 0n)
    const mark = options.value(['tproxy-mark'], (text = '') => parseMasked(text)) ?? { value: 0, mask: 0 }
    options.require(port !== undefined, 'TPROXY needs --on-port')
    options.require(familyOf(address) === family, 'TPROXY needs an address of its family')
    options.require(protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp, 'TPROXY needs -p tcp or udp')
    return options.finish({ kind: 'TPROXY', port: port ?? 0, address, mark })
  },
  print: ({ port, address, mark }) =>
    `--on-port ${port} --on-ip ${formatAddress(address)} --tproxy-mark ${hex(mark.value)}/${hex(mark.mask)}`,
  act: ({ port, address, mark }, { packet }) => ({
    kind: 'tproxy',
    port: port || packet.dport,
    ...(address ? { address } : {}),
    packet: alterPacket(packet, { mark: changeBits(packet.mark, mark) }),
  }),
  explain: ({ port, address }) =>
    `gives it to the transparent proxy on ${address ? formatAddress(address) : 'this machine'}, port ${port || 'of its own'}`,
}
