import { type Address, addressBits, type Family, familyOf } from '../../../net/address.ts'
import { formatPrefix, network, type Prefix, parsePrefix, rangeOf } from '../../../net/prefix.ts'
import { maskLength, parseMask } from '../header.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface NetmapTarget {
  readonly kind: 'NETMAP'
  readonly to: Prefix
}

/** `ADDRESS`, `ADDRESS/LENGTH` or `ADDRESS/MASK`; the mask must be one of leading ones. */
function parseNetwork(text: string, family: Family): Prefix | undefined {
  const prefix = parsePrefix(text)
  if (prefix) return familyOf(prefix.address) === family ? prefix : undefined
  const slash = text.indexOf('/')
  const mask: Address | undefined = slash < 0 ? undefined : parseMask(text.slice(slash + 1), family)
  const length = mask === undefined ? undefined : maskLength(mask)
  const whole = parsePrefix(`${text.slice(0, slash)}/${addressBits(family)}`)
  return length === undefined || !whole ? undefined : network(whole.address, length)
}

/** netmap_tg4(), xt_NETMAP.c: the destination before routing and in OUTPUT, the source behind it. */
export const netmap: TargetModule<NetmapTarget> = {
  kind: 'NETMAP',
  options: { to: 1 },
  read(given, { family }) {
    const options = new OptionReader(given)
    const to = options.value(['to'], (text = '') => parseNetwork(text, family))
    options.require(to !== undefined, 'NETMAP needs --to')
    return options.finish({ kind: 'NETMAP', to: to ?? { address: 0, length: 0 } })
  },
  print: ({ to }) => `--to ${formatPrefix(to)}`,
  act: ({ to }, { hook }) => ({
    kind: 'nat',
    request: {
      kind: 'range',
      manip: hook === 'prerouting' || hook === 'output' ? 'destination' : 'source',
      addresses: rangeOf(to),
      netmap: true,
    },
  }),
  explain: ({ to }) => `maps its address into ${formatPrefix(to)}, host part unchanged`,
}
