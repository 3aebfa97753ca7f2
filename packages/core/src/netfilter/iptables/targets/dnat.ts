import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { formatNatTo, type NatFlags, type NatTo, parseNatTo, printNatFlags, rangeRequest, readNatFlags, requirePorts } from './nat.ts'
import { words } from './values.ts'

export interface DnatTarget extends NatTo, NatFlags {
  readonly kind: 'DNAT'
}

/** xt_dnat_target_v2(), xt_nat.c. */
export const dnat: TargetModule<DnatTarget> = {
  kind: 'DNAT',
  options: { 'to-destination': 1, random: 0, persistent: 0 },
  read(given, context) {
    const options = new OptionReader(given)
    const to = options.value(['to-destination'], (text = '') => parseNatTo(text, context.family))
    options.require(to !== undefined, 'DNAT needs --to-destination')
    if (to?.ports) requirePorts(options, context)
    return options.finish({ kind: 'DNAT', ...to, ...readNatFlags(options) })
  },
  print: (target) => words(`--to-destination ${formatNatTo(target)}`, printNatFlags(target)),
  act: (target) => ({ kind: 'nat', request: rangeRequest('destination', target) }),
  explain: (target) =>
    target.addresses
      ? `rewrites the destination to ${formatNatTo(target)}`
      : `rewrites the destination port to ${formatNatTo(target).slice(1)}`,
}
