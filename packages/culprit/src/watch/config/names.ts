import { stepsOf } from '@culprit/core/repair/runbook'
import { loadCauses } from '../../cli/knowledge.ts'
import { loadRunbooks } from '../../knowledge/runbooks.ts'
import type { WatchConfig } from '../config.ts'

/** A place in the configuration, and what is wrong there. */
export interface NameProblem {
  readonly path: readonly (string | number)[]
  readonly text: string
}

/** Causes and runbooks that the configuration names and culprit does not know; parameters that a runbook does not take as they are given. */
export function unknownNames({ repair: { allow } }: WatchConfig): readonly NameProblem[] {
  if (allow.length === 0) return []
  const [causes, runbooks] = [loadCauses(), loadRunbooks()]
  return allow.flatMap(({ causes: named, runbook: id, set }, i): readonly NameProblem[] => {
    const at = (...rest: readonly (string | number)[]): NameProblem['path'] => ['repair', 'allow', i, ...rest]
    const known: ReadonlySet<string> = new Set(causes.keys())
    const strange = named.flatMap((cause, j) =>
      known.has(cause) ? [] : [{ path: at('causes', j), text: `there is no cause ${cause}; culprit kb causes lists them` }],
    )
    if (id === undefined) return strange
    const runbook = runbooks.get(id)
    if (!runbook) return [...strange, { path: at('runbook'), text: `there is no runbook ${id}; culprit repair runbooks lists them` }]
    const made = stepsOf(runbook, set)
    return 'kind' in made ? [...strange, { path: at('set'), text: made.text }] : strange
  })
}
