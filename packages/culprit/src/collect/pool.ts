/** Runs a job for each item, at most `width` at a time. Jobs do not throw for what the world does. */
export async function each<T>(items: readonly T[], width: number, job: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (const item of left) await job(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
}
