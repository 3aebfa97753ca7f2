import type { Sample } from './exposition.ts'

/** Counts values by upper bounds, as Prometheus keeps them: each bucket holds all that is not above it. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = bounds.map(() => 0)
  }

  observe(value: number): void {
    this.#sum += value
    this.#count++
    for (const [i, bound] of this.#bounds.entries()) if (value <= bound) this.#counts[i] = (this.#counts[i] ?? 0) + 1
  }

  samples(): readonly Sample[] {
    const buckets = this.#bounds.map((bound, i): Sample => ({ suffix: '_bucket', labels: { le: `${bound}` }, value: this.#counts[i] ?? 0 }))
    return [
      ...buckets,
      { suffix: '_bucket', labels: { le: '+Inf' }, value: this.#count },
      { suffix: '_sum', value: this.#sum },
      { suffix: '_count', value: this.#count },
    ]
  }
}
