import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { formatNatTo, type NatFlags, type NatTo, parseNatTo, printNatFlags, rangeRequest, readNatFlags, requirePorts } from './nat.ts'
import { words } from './values.ts'

export interface SnatTarget extends NatTo, NatFlags {
  readonly kind: 'SNAT'
}

/** xt_snat_target_v2(), xt_nat.c. */
export const snat: TargetModule<SnatTarget> = {
  kind: 'SNAT',
  options: { 'to-source': 1, random: 0, 'random-fully': 0, persistent: 0 },
  read(given, context) {
    const options = new OptionReader(given)
    const to = options.value(['to-source'], (text = '') => parseNatTo(text, context.family))
    options.require(to !== undefined, 'SNAT needs --to-source')
    options.require(to?.portBase === undefined, 'SNAT takes no port base')
    if (to?.ports) requirePorts(options, context)
    return options.finish({ kind: 'SNAT', ...to, ...readNatFlags(options) })
  },
  print: (target) => words(`--to-source ${formatNatTo(target)}`, printNatFlags(target)),
  act: (target) => ({ kind: 'nat', request: rangeRequest('source', target) }),
  explain: (target) =>
    target.addresses ? `rewrites the source to ${formatNatTo(target)}` : `rewrites the source port to ${formatNatTo(target).slice(1)}`,
}
