/** Random choices that a seed repeats: xorshift128, seeded by splitmix32. */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number) {
    let state = seed >>> 0
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return (z ^ (z >>> 15)) >>> 0
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next() || 1
  }

  /** In [0, 1). */
  number(): number {
    const t = this.#d ^ (this.#d << 11)
    this.#d = this.#c
    this.#c = this.#b
    this.#b = this.#a
    this.#a = (this.#a ^ (this.#a >>> 19) ^ t ^ (t >>> 8)) >>> 0
    return this.#a / 2 ** 32
  }

  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.number() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.number() < probability
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.int(0, list.length - 1)]
    if (item === undefined) throw new Error('lab: nothing to pick from')
    return item
  }

  /** Some `count` different items, in random order. */
  sample<T>(list: readonly T[], count: number): readonly T[] {
    const rest = [...list]
    return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(this.int(0, rest.length - 1), 1)[0] as T)
  }

  /** Picks by weight. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let at = this.number() * list.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, item] of list) {
      at -= weight
      if (at < 0) return item
    }
    return (list[list.length - 1] as readonly [number, T])[1]
  }

  /** A seed for a generator of its own. */
  fork(): number {
    return Math.floor(this.number() * 2 ** 32)
  }
}
