import type { Step } from '../../../datapath/trace.ts'
import type { Cause } from '../cause.ts'
import { accuse, faultOfStep, quoted, withoutStep } from '../suspect.ts'

const NOT_FILTERS = new Set(['raw', 'mangle', 'nat', 'security'])

/** An accept ends its own base chain only (nf_hook_slow): another program's chain at the same hook refuses what one has let through. */
export const CROSS_BACKEND: Cause = {
  id: 'filter.cross-backend',
  suspects: ({ blames }) =>
    blames.flatMap((blame) => {
      const { step } = blame
      if (blame.kind !== 'stopped' || step?.chain === undefined) return []
      const accepted = blame.part.steps.find((other) => isOtherAccept(other, step))
      if (!accepted) return []
      return [
        accuse('filter.cross-backend', blame, {
          where: faultOfStep(step),
          because: [
            quoted(`at hook ${step.hook} it is accepted`, accepted),
            quoted('and then refused by another table at the same hook', step),
          ],
          likelihood: 0.85,
          without: [withoutStep(step)],
        }),
      ]
    }),
}

function isOtherAccept(other: Step, step: Step): boolean {
  if (other.kind !== 'rule' || other.effect !== 'ACCEPT' || other.hook !== step.hook) return false
  if (other.host !== step.host || other.netns !== step.netns || NOT_FILTERS.has(other.table ?? '')) return false
  return other.table !== step.table || other.family !== step.family || other.evidence?.file !== step.evidence?.file
}
