import type { Address } from './address.ts'
import { maskOf, type Prefix } from './prefix.ts'

/**
 * Prefixes of one family with values, for longest-prefix match. One hash table for each prefix length that occurs:
 * a look-up costs as many probes as there are different lengths, however many prefixes there are.
 */
export class PrefixTable<T> {
  /** Longest first. */
  #levels: readonly Level<T>[] = []

  add(prefix: Prefix, value: T): void {
    const { values } = this.#level(prefix)
    const key = keyOf(prefix.address)
    const known = values.get(key)
    if (known) known.push(value)
    else values.set(key, [value])
  }

  #level({ address, length }: Prefix): Level<T> {
    const known = this.#levels.find((level) => level.length === length)
    if (known) return known
    const level: Level<T> = { length, mask: keyOf(maskOf(length, address)), values: new Map() }
    this.#levels = [...this.#levels, level].sort((a, b) => b.length - a.length)
    return level
  }

  /** Calls `visit` with the values of each prefix that holds `address`, longest first, until it answers something else than undefined. */
  find<R>(address: Address, visit: (values: readonly T[], length: number) => R | undefined): R | undefined {
    for (const { length, mask, values } of this.#levels) {
      const found = values.get(typeof address === 'number' ? address & (mask as number) : address & (mask as bigint))
      const answer = found && visit(found, length)
      if (answer !== undefined) return answer
    }
    return undefined
  }
}

interface Level<T> {
  readonly length: number
  readonly mask: Address
  readonly values: Map<Address, T[]>
}

/** IPv4 as a signed number, as `&` gives it: a Map finds it without a box around it. */
const keyOf = (address: Address): Address => (typeof address === 'number' ? address | 0 : address)
