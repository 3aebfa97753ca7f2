import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { contains, type Prefix, parsePrefix } from '../../net/prefix.ts'
import { sha256 } from '../../netfilter/owners/sha256.ts'

/** Puts other addresses in place of those in a text: the same for the same, whichever text they stand in. */
export type AddressMasker = (text: string) => string

/**
 * Replaces addresses so that networks stay networks: two addresses share as many leading bits after as before (as Crypto-PAn does it), hence
 * every route, rule and set decides as it did. The last 16 bits of IPv4 and the last 64 of IPv6 stay, and with them broadcast addresses and
 * ranges; so do loopback, link-local, multicast, and which of the private networks an address is in. `key` decides which
 * addresses come out: without it they cannot be told back.
 */
export function addressMasker(key: string): AddressMasker {
  const flips = new Map<string, boolean>()
  const seen = new Map<string, string>()
  const flip = (family: string, prefix: string): boolean => {
    const id = `${family}${prefix}`
    let known = flips.get(id)
    if (known === undefined) {
      known = ((sha256(`${key} ${id}`)[0] ?? 0) & 1) === 1
      flips.set(id, known)
    }
    return known
  }
  const masked = (text: string): string => {
    let known = seen.get(text)
    if (known === undefined) {
      const address = parseAddress(text)
      known = address === undefined ? text : formatAddress(maskAddress(address, flip))
      seen.set(text, known)
    }
    return known
  }
  return (text) =>
    text
      .replace(V4, (found) => masked(found))
      .replace(V6, (found) => (found.includes('::') || found.split(':').length === 8 ? masked(found) : found))
      .replace(HOST_NAME, (_, before: string, quad: string) => `${before}${masked(quad.replaceAll('-', '.')).replaceAll('.', '-')}`)
}

const V4 = /(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d]|\.\d)/g
const V6 = /(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])/g
/** Names that clouds make of addresses: `ip-10-0-0-5`. */
const HOST_NAME = /\b(ip-)(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})\b/g

/** Networks with a meaning of their own: what is in one stays in it. `whole`: its addresses stay as they are. */
const SPECIAL: readonly { readonly prefix: Prefix; readonly whole: boolean }[] = [
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4', '::/96', 'fe80::/10', 'ff00::/8'].map((text) => ({
    text,
    whole: true,
  })),
  ...['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fd00::/8', '::ffff:0:0/96'].map((text) => ({
    text,
    whole: false,
  })),
].map(({ text, whole }) => ({ prefix: parsePrefix(text) as Prefix, whole }))

function maskAddress(address: Address, flip: (family: string, prefix: string) => boolean): Address {
  const mine = SPECIAL.filter(({ prefix }) => typeof prefix.address === typeof address)
  if (mine.some(({ prefix, whole }) => whole && contains(prefix, address))) return address
  const [bits, kept, family] = typeof address === 'number' ? [32, 16, '4'] : [128, 64, '6']
  const text = BigInt(address).toString(2).padStart(bits, '0')
  let out = ''
  for (let i = 0; i < bits - kept; i++) {
    const before = text.slice(0, i)
    const bit = text[i] === '1'
    // On the way to a special network nothing turns, or others would come to lie in it.
    const fixed = mine.some(({ prefix }) => prefix.length > i && BigInt(prefix.address).toString(2).padStart(bits, '0').startsWith(before))
    out += bit !== (!fixed && flip(family, before)) ? '1' : '0'
  }
  const value = BigInt(`0b${out}${text.slice(bits - kept)}`)
  return typeof address === 'number' ? Number(value) : value
}
