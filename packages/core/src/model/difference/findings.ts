import type { Difference, Differences, NotCompared, Spot } from './difference.ts'

/** What a comparison has found so far. */
export class Findings implements Differences {
  readonly found: Difference[] = []
  readonly notCompared: NotCompared[] = []
  compared = 0

  /** A list that both snapshots tell of. */
  add(found: readonly Difference[]): void {
    this.compared++
    for (const one of found) this.found.push(one)
  }

  /** A list that only one of them tells of. */
  missing({ host, netns }: Spot, part: string, side: 'before' | 'after'): void {
    this.notCompared.push({ host, netns, part, missing: side })
  }
}
