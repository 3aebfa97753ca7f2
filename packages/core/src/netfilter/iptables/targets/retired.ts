import type { Family } from '../../../net/address.ts'
import { unknown } from '../../decision.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { type AddressRange, formatAddressRange, parseAddressRange } from './nat.ts'
import { words } from './values.ts'

/** Targets that went with Linux 2.6.25 or earlier, and still stand in old rulesets. */
export type RetiredTarget = MirrorTarget | SameTarget | BalanceTarget

/** Swaps the addresses and sends the packet back. */
export interface MirrorTarget {
  readonly kind: 'MIRROR'
}
/** Source or destination from ranges, always the same one for a client. */
export interface SameTarget {
  readonly kind: 'SAME'
  readonly to: readonly AddressRange[]
  readonly noDestination: boolean
  readonly random: boolean
}
/** Round robin over a range of destinations. */
export interface BalanceTarget {
  readonly kind: 'BALANCE'
  readonly to: AddressRange
}

export const mirror: TargetModule<MirrorTarget> = {
  kind: 'MIRROR',
  options: {},
  read: (given) => new OptionReader(given).finish({ kind: 'MIRROR' }),
  print: () => '',
  act: () => ({ kind: 'stolen', by: 'MIRROR' }),
  explain: () => 'sends it back to its sender',
}

const ranges = (texts: readonly string[], family: Family) =>
  texts.map((text) => parseAddressRange(text, family)).filter((range) => range !== undefined)

/** SAME takes several --to; OptionReader takes an option once. */
export const same: TargetModule<SameTarget> = {
  kind: 'SAME',
  options: { to: 1, nodst: 0, random: 0 },
  read(given, { family }) {
    const texts = given.filter((one) => one.option === 'to').map((one) => one.args[0] ?? '')
    const to = ranges(texts, family)
    const options = new OptionReader(given.filter((one) => one.option !== 'to'))
    options.require(to.length > 0 && to.length === texts.length, 'SAME needs ranges of addresses')
    return options.finish({ kind: 'SAME', to, noDestination: options.flag('nodst'), random: options.flag('random') })
  },
  print: ({ to, noDestination, random }) =>
    words(...to.map((range) => `--to ${formatAddressRange(range)}`), noDestination && '--nodst', random && '--random'),
  act({ to, random }, { hook }) {
    const [addresses] = to
    if (!addresses || to.length > 1)
      return { kind: 'unknown', unknown: unknown('SAME chooses among several ranges by a hash that is not computed') }
    const manip = hook === 'prerouting' || hook === 'output' ? 'destination' : 'source'
    return { kind: 'nat', request: { kind: 'range', manip, addresses, random, persistent: true } }
  },
  explain: ({ to }) => `rewrites its address to one of ${to.map(formatAddressRange).join(', ')}, the same for each client`,
}

export const balance: TargetModule<BalanceTarget> = {
  kind: 'BALANCE',
  options: { 'to-destination': 1 },
  read(given, { family }) {
    const options = new OptionReader(given)
    const to = options.value(['to-destination'], (text = '') => parseAddressRange(text, family))
    options.require(to !== undefined, 'BALANCE needs --to-destination')
    return options.finish({ kind: 'BALANCE', to: to ?? { first: 0, last: 0 } })
  },
  print: ({ to }) => `--to-destination ${formatAddressRange(to)}`,
  act: ({ to }) => ({ kind: 'nat', request: { kind: 'range', manip: 'destination', addresses: to } }),
  explain: ({ to }) => `rewrites the destination to each of ${formatAddressRange(to)} in turn`,
}
