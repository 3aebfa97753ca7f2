import type { Address } from './address.ts'
import { maskOf, type Prefix } from './prefix.ts'

/**
 * Prefixes of one family with values, for longest-prefix match. One hash table for each prefix length that occurs:
 * a look-up costs as many probes as there are different lengths, however many prefixes there are.
 */
export class PrefixTable<T> {
  readonly #byLength = new Map<number, Map<Address, T[]>>()
  #lengths: readonly number[] = []

  add(prefix: Prefix, value: T): void {
    let table = this.#byLength.get(prefix.length)
    if (!table) {
      table = new Map()
      this.#byLength.set(prefix.length, table)
      this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a)
    }
    const values = table.get(prefix.address)
    if (values) values.push(value)
    else table.set(prefix.address, [value])
  }

  /** Calls `visit` with the values of each prefix that holds `address`, longest first, until it answers something else than undefined. */
  find<R>(address: Address, visit: (values: readonly T[], length: number) => R | undefined): R | undefined {
    for (const length of this.#lengths) {
      const key =
        typeof address === 'number' ? (address & (maskOf(length, address) as number)) >>> 0 : address & (maskOf(length, address) as bigint)
      const values = this.#byLength.get(length)?.get(key)
      if (values) {
        const answer = visit(values, length)
        if (answer !== undefined) return answer
      }
    }
    return undefined
  }
}
