import type { Step } from '../../../datapath/trace.ts'
import { ownerOf } from '../../scene.ts'
import type { Cause } from '../cause.ts'
import { accuse, faultOfStep, quoted, withoutStep } from '../suspect.ts'

/** Of these the refusal by itself tells more than that another program thought otherwise. */
const KNOWN = new Set(['firewalld', 'ufw', 'docker', 'calico', 'kube-router', 'kube-proxy', 'cilium', 'weave', 'kube-network-policies'])

const NOT_FILTERS = new Set(['raw', 'mangle', 'nat', 'security'])

/** An accept ends its own base chain only (nf_hook_slow): another program's chain at the same hook refuses what one has let through. */
export const CROSS_BACKEND: Cause = {
  id: 'filter.cross-backend',
  suspects: (scene) =>
    scene.blames.flatMap((blame) => {
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
          likelihood: KNOWN.has(ownerOf(scene, step)) ? 0.85 : 0.93,
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
