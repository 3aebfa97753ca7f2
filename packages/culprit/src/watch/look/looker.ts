import { each } from '../../collect/pool.ts'
import type { Executor } from '../../exec/executor.ts'
import type { Criterion } from '../config/criteria.ts'
import type { WatchConfig } from '../config.ts'
import { childSeconds, Governor } from '../governor.ts'
import { tryCommand } from './command.ts'
import { changedParts, type Fingerprint, fingerprint } from './fingerprint.ts'
import { type ResolvedFlow, type Tried, tryFlow } from './flow.ts'

/** Of what the watch may cost on its own account, so much is for looking; the rest is for examinations that nobody waits for. */
export const LOOKING = 2 / 3

/** Criteria that are tried for real, side by side. */
const AT_ONCE = 4

/** What every round does: sees whether anything changed, and tries what can be tried. */
export class Looker {
  readonly #machine: Executor
  #config: WatchConfig
  #governor: Governor
  #flows = new Map<string, ResolvedFlow>()
  #seen: Fingerprint | undefined

  constructor(machine: Executor, config: WatchConfig) {
    this.#machine = machine
    this.#config = config
    this.#governor = new Governor(config.cost * LOOKING)
  }

  reload(config: WatchConfig): void {
    this.#config = config
    this.#governor = new Governor(config.cost * LOOKING)
    this.#flows.clear()
  }

  /** What the machine's state was when it was last looked at; undefined: it was not, or cannot be. */
  get seen(): string | undefined {
    return this.#seen?.whole
  }

  /** Where flows start and go, as an examination found it. */
  learn(flows: readonly ResolvedFlow[]): void {
    this.#flows = new Map(flows.map((flow) => [flow.name, flow]))
  }

  /** Is there a flow of which an examination must find out where it starts? `lost`: the last one could not. */
  get unresolved(): { readonly new: boolean; readonly lost: boolean } {
    const flows = this.#config.criteria.filter((one) => one.kind === 'flow' && one.by === 'probe').map(({ name }) => this.#flows.get(name))
    return { new: flows.includes(undefined), lost: flows.some((flow) => flow?.kind === 'unknown') }
  }

  /** Has anything changed that decides about packets? Where looking costs too much for every round, not every round looks. */
  async look(signal?: AbortSignal): Promise<boolean> {
    if (!this.#governor.mayWork(this.#config.interval / 2000)) return false
    const before = childSeconds()
    const now = await fingerprint(this.#machine, signal)
    this.#governor.spent(childSeconds() - before)
    if (!now) return false
    const changed = this.#seen !== undefined && changedParts(this.#seen, now).length > 0
    this.#seen = now
    return changed
  }

  /** Tries flows and commands; of those in `before`, only what is unknown still. */
  async tryAll(signal?: AbortSignal, before: ReadonlyMap<string, Tried> = new Map()): Promise<Map<string, Tried>> {
    const tried = new Map(before)
    const todo = this.#config.criteria.filter(({ name }) => (before.get(name)?.state ?? 'unknown') === 'unknown')
    await each(todo, AT_ONCE, async (criterion) => {
      const found = await this.#try(criterion, signal)
      if (found) tried.set(criterion.name, found)
    })
    return tried
  }

  async #try(criterion: Criterion, signal?: AbortSignal): Promise<Tried | undefined> {
    if (criterion.kind === 'command') return tryCommand(criterion, this.#machine, signal)
    if (criterion.kind !== 'flow' || criterion.by !== 'probe') return undefined
    const flow = this.#flows.get(criterion.name)
    if (!flow) return { state: 'unknown', seen: 'not examined yet' }
    const tried = await tryFlow(criterion, flow, this.#machine, signal)
    if (tried.stale) this.#flows.delete(criterion.name)
    return tried
  }
}
