import { type Address, addressBits, type Family, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import { maskOf } from '../../../net/prefix.ts'
import { formatMasked, parseMask } from '../header.ts'
import type { GivenOption, MatchModule } from '../module.ts'
import { assumed } from './decide.ts'
import { formatValue, hex, isProblem, OptionReader, printOption, type SignedValue, words } from './options.ts'

export interface PolicyMatch {
  readonly kind: 'policy'
  readonly direction: 'in' | 'out'
  readonly ipsec: boolean
  readonly strict: boolean
  readonly elements: readonly PolicyElement[]
}

interface Named {
  readonly name: string
  readonly negated: boolean
}
/** Host bits are kept as they were given: that is how iptables prints them. */
interface Tunnel {
  readonly address: Address
  readonly mask: Address
  readonly negated: boolean
}
/** One transformation of the IPsec policy. */
export interface PolicyElement {
  readonly reqid?: SignedValue | undefined
  readonly spi?: SignedValue | undefined
  readonly protocol?: Named | undefined
  readonly mode?: Named | undefined
  readonly tunnelDestination?: Tunnel | undefined
  readonly tunnelSource?: Tunnel | undefined
}

/** XT_POLICY_MAX_ELEM */
const ELEMENTS_MAX = 4

const oneOf =
  (names: readonly string[]) =>
  (text = '') =>
    names.includes(text) ? { name: text } : undefined

function parseTunnel(text: string, family: Family): { address: Address; mask: Address } | undefined {
  const [host = '', maskText] = text.split('/')
  const address = parseAddress(host)
  if (address === undefined || familyOf(address) !== family) return undefined
  const mask = maskText === undefined ? maskOf(addressBits(family), address) : parseMask(maskText, family)
  return mask === undefined ? undefined : { address, mask }
}

const formatTunnel = ({ address, mask }: Tunnel): string =>
  mask === maskOf(addressBits(familyOf(address)), address) ? formatAddress(address) : formatMasked(address, mask)

function readElement(options: OptionReader, family: Family): PolicyElement {
  const tunnel = (name: string) => options.signed([name], (text = '') => parseTunnel(text, family))
  const element = {
    reqid: options.signedNumber('reqid'),
    spi: options.signedNumber('spi'),
    protocol: options.signed(['proto'], oneOf(['ah', 'esp', 'ipcomp'])),
    mode: options.signed(['mode'], oneOf(['transport', 'tunnel'])),
    tunnelDestination: tunnel('tunnel-dst'),
    tunnelSource: tunnel('tunnel-src'),
  }
  const isTunnel = element.mode?.name === 'tunnel' && !element.mode.negated
  options.require(isTunnel || (!element.tunnelDestination && !element.tunnelSource), '--tunnel-src and --tunnel-dst need --mode tunnel')
  return element
}

const printElement = (element: PolicyElement): string =>
  words(
    printOption('reqid', element.reqid, formatValue),
    printOption('spi', element.spi, ({ value }) => hex(value)),
    printOption('proto', element.protocol, ({ name }) => name),
    printOption('mode', element.mode, ({ name }) => name),
    printOption('tunnel-dst', element.tunnelDestination, formatTunnel),
    printOption('tunnel-src', element.tunnelSource, formatTunnel),
  )

const isEmpty = (element: PolicyElement): boolean => Object.values(element).every((test) => test === undefined)

/** Options between one --next and the following. */
function split(given: readonly GivenOption[]): GivenOption[][] {
  const parts: GivenOption[][] = [[]]
  for (const one of given) {
    if (one.option === 'next') parts.push([])
    else if (one.option in ELEMENT_OPTIONS) parts.at(-1)?.push(one)
  }
  return parts
}
const ELEMENT_OPTIONS = { reqid: 1, spi: 1, proto: 1, mode: 1, 'tunnel-src': 1, 'tunnel-dst': 1 }

/** xt_policy.c, policy_mt(): without IPsec only --pol none holds. */
export const policy: MatchModule<PolicyMatch> = {
  kind: 'policy',
  options: { dir: 1, pol: 1, strict: 0, next: 0, ...ELEMENT_OPTIONS },
  read(given, { family }) {
    const options = new OptionReader(given.filter(({ option }) => !(option in ELEMENT_OPTIONS) && option !== 'next'))
    const direction = options.value(['dir'], (text) => (text === 'in' || text === 'out' ? text : undefined))
    const ipsec = options.value(['pol'], (text) => (text === 'ipsec' ? true : text === 'none' ? false : undefined))
    const strict = options.flag('strict')
    const elements: PolicyElement[] = []
    for (const part of split(given)) {
      const reader = new OptionReader(part)
      const element = reader.finish(readElement(reader, family))
      if (isProblem(element)) return element
      elements.push(element)
    }
    const empty = elements.every(isEmpty)
    options.require(direction !== undefined && ipsec !== undefined, 'policy needs --dir and --pol')
    options.require(strict || elements.length === 1, '--next needs --strict')
    options.require(elements.length <= ELEMENTS_MAX, `a policy has ${ELEMENTS_MAX} elements at most`)
    options.require(ipsec === true || (empty && !strict), '--pol none takes no elements')
    options.require(!strict || !elements.some(isEmpty), 'an element of a strict policy is empty')
    return options.finish({ kind: 'policy', direction: direction ?? 'in', ipsec: ipsec ?? false, strict, elements: empty ? [] : elements })
  },
  print: (match) =>
    words(
      `--dir ${match.direction} --pol ${match.ipsec ? 'ipsec' : 'none'}`,
      match.strict && '--strict',
      match.elements.map(printElement).join(' --next '),
    ),
  decide: (match) => assumed(!match.ipsec, 'the packet is taken not to be handled by IPsec'),
  explain: (match) => {
    if (match.direction === 'in') return `came in ${match.ipsec ? 'through' : 'without'} IPsec`
    return `leaves ${match.ipsec ? 'through' : 'without'} IPsec`
  },
}
