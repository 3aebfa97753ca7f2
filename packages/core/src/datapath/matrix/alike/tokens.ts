import { type Address, addressBits, familyOf, parseAddress } from '../../../net/address.ts'
import { network, type Prefix } from '../../../net/prefix.ts'

/** A link address, an address or a network as text from a machine spells it. */
export type Token =
  | { readonly kind: 'mac'; readonly mac: string }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'prefix'; readonly prefix: Prefix }

const TOKEN =
  /(?<![\w.:])(?:([\da-f]{2}(?::[\da-f]{2}){5})(?![\w:])|(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2})(?!\d))?(?![\d.]*\d)|((?:[\da-f]{0,4}:){2,7}[\da-f]{0,4})(?:\/(\d{1,3}))?(?![\w:]))/gi

/** The text with each link address, address and network replaced by what `name` calls it; its own spelling where that is undefined. */
export function replaceTokens(text: string, name: (token: Token) => string | undefined): string {
  if (!/[:.]/.test(text)) return text
  return text.replace(TOKEN, (found, mac?: string, v4?: string, length4?: string, v6?: string, length6?: string) => {
    const token = mac === undefined ? tokenOf(v4 ?? v6 ?? '', length4 ?? length6) : ({ kind: 'mac', mac: mac.toLowerCase() } as const)
    return (token && name(token)) ?? found
  })
}

function tokenOf(text: string, length: string | undefined): Token | undefined {
  const address = parseAddress(text)
  if (address === undefined) return undefined
  const bits = addressBits(familyOf(address))
  if (length === undefined || Number(length) === bits) return { kind: 'address', address }
  return Number(length) > bits ? undefined : { kind: 'prefix', prefix: network(address, Number(length)) }
}

/** Ranges and masks in which an address may lie without any token of the text saying so. */
const HIDDEN = /\d\.\d{1,3}-\d{1,3}\.\d|\/(?:\d{1,3}\.){3}|[\da-f]:[\da-f]{0,4}-[\da-f]{0,4}:/i
export const hidesAddresses = (text: string): boolean => HIDDEN.test(text)
