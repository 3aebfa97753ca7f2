/** A map with one entry set anew, over the map that it comes from: of a hundred thousand chains none is copied. A known key keeps its place. */
export class PatchedMap<K, V> implements ReadonlyMap<K, V> {
  readonly #base: ReadonlyMap<K, V>
  readonly #key: K
  readonly #value: V

  constructor(base: ReadonlyMap<K, V>, key: K, value: V) {
    this.#base = base
    this.#key = key
    this.#value = value
  }

  get size(): number {
    return this.#base.size + (this.#base.has(this.#key) ? 0 : 1)
  }

  get(key: K): V | undefined {
    return key === this.#key ? this.#value : this.#base.get(key)
  }

  has(key: K): boolean {
    return key === this.#key || this.#base.has(key)
  }

  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) call(value, key, this)
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, value] of this.#base) yield [key, key === this.#key ? this.#value : value]
    if (!this.#base.has(this.#key)) yield [this.#key, this.#value]
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }
}
