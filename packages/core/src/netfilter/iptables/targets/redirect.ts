import { OptionReader, type Range } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { formatNatPorts, parseNatPorts, requirePorts } from './nat.ts'
import { words } from './values.ts'

export interface RedirectTarget {
  readonly kind: 'REDIRECT'
  readonly ports?: Range | undefined
  readonly random?: boolean | undefined
}

/** redirect_tg4(), xt_REDIRECT.c: to the address of the interface it came in by, or to loopback in OUTPUT. */
export const redirect: TargetModule<RedirectTarget> = {
  kind: 'REDIRECT',
  options: { 'to-ports': 1, random: 0 },
  read(given, context) {
    const options = new OptionReader(given)
    const ports = options.value(['to-ports'], (text = '') => parseNatPorts(text))
    if (ports) requirePorts(options, context)
    return options.finish({ kind: 'REDIRECT', ports, random: options.flag('random') || undefined })
  },
  print: ({ ports, random }) => words(ports && `--to-ports ${formatNatPorts(ports)}`, random && '--random'),
  act: ({ ports, random }) => ({ kind: 'nat', request: { kind: 'redirect', ports, random } }),
  explain: ({ ports }) => `redirects it to this machine${ports ? `, port ${formatNatPorts(ports)}` : ''}`,
}
