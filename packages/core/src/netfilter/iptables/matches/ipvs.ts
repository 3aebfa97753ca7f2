import { type Address, addressBits, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import { maskOf } from '../../../net/prefix.ts'
import { parsePort, parseProtocol } from '../../../net/protocol.ts'
import { formatMasked, parseMask } from '../header.ts'
import type { MatchModule } from '../module.ts'
import { unknown } from './decide.ts'
import { formatValue, OptionReader, printOption, type SignedValue, words } from './options.ts'

export interface IpvsMatch {
  readonly kind: 'ipvs'
  readonly ipvs?: { readonly negated: boolean } | undefined
  readonly protocol?: SignedValue | undefined
  readonly address?: { readonly address: Address; readonly mask: Address; readonly negated: boolean } | undefined
  readonly port?: SignedValue | undefined
  readonly direction?: 'ORIGINAL' | 'REPLY' | undefined
  readonly method?: { readonly name: string; readonly negated: boolean } | undefined
  readonly controlPort?: SignedValue | undefined
}

const METHODS = ['GATE', 'IPIP', 'MASQ']

const formatVirtual = ({ address, mask }: { readonly address: Address; readonly mask: Address }): string =>
  mask === maskOf(addressBits(familyOf(address)), address) ? formatAddress(address) : formatMasked(address, mask)

const asValue = (value: number | undefined): { value: number } | undefined => (value === undefined ? undefined : { value })

/** xt_ipvs.c. What IPVS balances is not in the evidence that the model reads. */
export const ipvs: MatchModule<IpvsMatch> = {
  kind: 'ipvs',
  options: { ipvs: 0, vproto: 1, vaddr: 1, vport: 1, vdir: 1, vmethod: 1, vportctl: 1 },
  read(given, { family }) {
    const options = new OptionReader(given)
    options.require(given.length > 0, 'ipvs needs an option')
    return options.finish({
      kind: 'ipvs',
      ipvs: options.signedFlag('ipvs'),
      protocol: options.signed(['vproto'], (text = '') => asValue(parseProtocol(text))),
      address: options.signed(['vaddr'], (text = '') => {
        const [host = '', maskText] = text.split('/')
        const address = parseAddress(host)
        if (address === undefined || familyOf(address) !== family) return undefined
        const mask = maskText === undefined ? maskOf(addressBits(family), address) : parseMask(maskText, family)
        return mask === undefined ? undefined : { address, mask }
      }),
      port: options.signed(['vport'], (text = '') => asValue(parsePort(text))),
      direction: options.value(['vdir'], (text = '') =>
        /^original$/i.test(text) ? 'ORIGINAL' : /^reply$/i.test(text) ? 'REPLY' : undefined,
      ),
      method: options.signed(['vmethod'], (text = '') => (METHODS.includes(text.toUpperCase()) ? { name: text.toUpperCase() } : undefined)),
      controlPort: options.signed(['vportctl'], (text = '') => asValue(parsePort(text))),
    })
  },
  print: (match) =>
    words(
      match.ipvs && words(match.ipvs.negated && '!', '--ipvs'),
      printOption('vproto', match.protocol, formatValue),
      printOption('vaddr', match.address, formatVirtual),
      printOption('vport', match.port, formatValue),
      match.direction && `--vdir ${match.direction}`,
      printOption('vmethod', match.method, ({ name }) => name),
      printOption('vportctl', match.controlPort, formatValue),
    ),
  decide: () => unknown('whether IPVS balances this connection is not known'),
  explain: (match) => `is ${match.ipvs?.negated ? 'not ' : ''}of a connection that IPVS balances`,
}
