import { OptionReader, type Range } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { formatNatPorts, type NatFlags, parseNatPorts, printNatFlags, readNatFlags, requirePorts } from './nat.ts'
import { words } from './values.ts'

export interface MasqueradeTarget extends NatFlags {
  readonly kind: 'MASQUERADE'
  readonly ports?: Range | undefined
}

/** masquerade_tg(), xt_MASQUERADE.c: which address it takes is for the datapath to find (nf_nat_masquerade_ipv4). */
export const masquerade: TargetModule<MasqueradeTarget> = {
  kind: 'MASQUERADE',
  options: { 'to-ports': 1, random: 0, 'random-fully': 0 },
  read(given, context) {
    const options = new OptionReader(given)
    const ports = options.value(['to-ports'], (text = '') => parseNatPorts(text))
    if (ports) requirePorts(options, context)
    return options.finish({ kind: 'MASQUERADE', ports, ...readNatFlags(options) })
  },
  print: (target) => words(target.ports && `--to-ports ${formatNatPorts(target.ports)}`, printNatFlags(target)),
  act: ({ ports, random, randomFully }) => ({ kind: 'nat', request: { kind: 'masquerade', ports, random: random || randomFully } }),
  explain: ({ ports }) =>
    `rewrites the source to the address of the interface it leaves by${ports ? `, ports ${formatNatPorts(ports)}` : ''}`,
}
