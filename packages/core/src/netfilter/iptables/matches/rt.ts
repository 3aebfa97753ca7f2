import { type Address, formatAddress, parseIPv6 } from '../../../net/address.ts'
import type { MatchModule } from '../module.ts'
import { noHeader } from './extension-header.ts'
import { formatValue, OptionReader, printOption, type SignedRange, type SignedValue, U32, words } from './options.ts'
import { printFullRange } from './spi.ts'

export interface RtMatch {
  readonly kind: 'rt'
  readonly type?: SignedValue | undefined
  readonly segmentsLeft?: SignedRange | undefined
  readonly length?: SignedValue | undefined
  readonly reserved: boolean
  readonly addresses?: readonly Address[] | undefined
  readonly notStrict: boolean
}

/** IP6T_RT_HOPS */
const HOPS = 16

function parseAddresses(text = ''): Address[] | undefined {
  const list = text.split(',').map(parseIPv6)
  return list.length <= HOPS && list.every((one) => one !== undefined) ? list : undefined
}

/** ip6t_rt.c, rt_mt6(). */
export const rt: MatchModule<RtMatch> = {
  kind: 'rt',
  options: { 'rt-type': 1, 'rt-segsleft': 1, 'rt-len': 1, 'rt-0-res': 0, 'rt-0-addrs': 1, 'rt-0-not-strict': 0 },
  read(given) {
    const options = new OptionReader(given)
    const type = options.signedNumber('rt-type')
    const reserved = options.flag('rt-0-res')
    const addresses = options.value(['rt-0-addrs'], parseAddresses)
    const notStrict = options.flag('rt-0-not-strict')
    options.require((!reserved && !addresses && !notStrict) || (type?.value === 0 && !type.negated), '--rt-0-… needs --rt-type 0')
    options.require(!notStrict || addresses !== undefined, '--rt-0-not-strict needs --rt-0-addrs')
    return options.finish({
      kind: 'rt',
      type,
      segmentsLeft: options.signedRange(['rt-segsleft'], U32),
      length: options.signedNumber('rt-len'),
      reserved,
      addresses,
      notStrict,
    })
  },
  print: (match) =>
    words(
      printOption('rt-type', match.type, formatValue),
      printFullRange('rt-segsleft', match.segmentsLeft),
      printOption('rt-len', match.length, formatValue),
      match.reserved && '--rt-0-res',
      match.addresses && `--rt-0-addrs ${match.addresses.map(formatAddress).join(',')}`,
      match.notStrict && '--rt-0-not-strict',
    ),
  decide: () => noHeader('routing'),
  explain: (match) =>
    `carries a routing header${match.type ? ` of type ${match.type.negated ? 'other than ' : ''}${match.type.value}` : ''}`,
}
