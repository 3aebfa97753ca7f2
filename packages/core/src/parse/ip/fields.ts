import { type Address, parseAddress } from '../../net/address.ts'
import type { Json, JsonObject } from '../json.ts'

/** Named values of one object, whether they stood as `key value` words or as JSON members. Several names: the first that is there. */
export interface Fields {
  get(...names: readonly string[]): string | undefined
  has(name: string): boolean
}

/** `vxlan id 42 local 192.0.2.1 nolearning`: every word may be a key, and the word behind it its value. The first occurrence counts. */
export function fieldsOfWords(words: readonly string[]): Fields {
  const values = new Map<string, string>()
  for (const [i, word] of words.entries()) if (!values.has(word)) values.set(word, words[i + 1] ?? '')
  return fields(values)
}

export function fieldsOfJson(object: JsonObject | undefined): Fields {
  const values = new Map<string, string>()
  for (const [key, value] of Object.entries(object ?? {})) {
    const shown = scalar(value)
    if (shown !== undefined && value !== false) values.set(key, shown)
    else if (value === false) values.set(key, 'off')
  }
  return fields(values)
}

const scalar = (value: Json): string | undefined =>
  value === null ? '' : value === true ? 'on' : typeof value === 'object' ? undefined : String(value)

function fields(values: ReadonlyMap<string, string>): Fields {
  return {
    get(...names) {
      for (const name of names) {
        const value = values.get(name)
        if (value !== undefined && value !== '') return value
      }
      return undefined
    },
    has: (name) => values.has(name),
  }
}

export const isOn = (value: string | undefined): boolean => value === 'on' || value === '1' || value === 'true'

export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:0[xX][0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : undefined
}

/** `any` and `::` in a tunnel mean none. */
export function tunnelAddress(text: string | undefined): Address | undefined {
  const address = text === undefined ? undefined : parseAddress(text)
  return address === 0 || address === 0n ? undefined : address
}
