import type { Step } from '../../../datapath/trace.ts'
import { ownerOf } from '../../scene.ts'
import type { Cause } from '../cause.ts'
import { accuse, faultOfStep, quoted } from '../suspect.ts'

/** One program sets bits of the packet mark, and a rule of another takes them for its own. */
export const MARK_COLLISION: Cause = {
  id: 'filter.mark-collision',
  suspects: (scene) =>
    scene.blames.flatMap((blame) => {
      const { steps } = blame.part
      const reader = blame.step ?? steps.findLast(readsMark)
      if (reader === undefined || !readsMark(reader)) return []
      const at = steps.indexOf(reader)
      const setter = steps
        .slice(0, at < 0 ? undefined : at)
        .findLast((step) => step.effect === 'MARK' || /--set-x?mark|meta mark set/.test(step.text))
      if (!setter || !overlap(setter, reader)) return []
      const [by, of] = [ownerOf(scene, setter), ownerOf(scene, reader)]
      if (by === of || by === 'administrator' || of === 'administrator') return []
      return [
        accuse('filter.mark-collision', blame, {
          where: faultOfStep(setter),
          because: [quoted(`${by} sets the mark`, setter), quoted(`and ${of} takes it for its own`, reader)],
          likelihood: 0.93,
          without: [
            {
              kind: 'rule-removed',
              at: {
                host: setter.host,
                netns: setter.netns,
                family: setter.family ?? 'ip',
                table: setter.table ?? '',
                chain: setter.chain ?? '',
                rule: setter.rule ?? 0,
                file: setter.evidence?.file,
              },
            },
          ],
        }),
      ]
    }),
}

const readsMark = ({ text, kind }: Step): boolean => (kind === 'rule' || kind === 'route') && /-m mark|meta mark &|fwmark/.test(text)

/** Bits that a rule's text speaks of: the mask, or the value where there is none. */
function bitsOf({ text }: Step): number {
  const found = /(?:--mark|--set-xmark|--set-mark|fwmark|meta mark (?:&|set)\D*) ?(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?/i.exec(text)
  return found ? Number(found[2] ?? found[1]) : 0
}

const overlap = (setter: Step, reader: Step): boolean => (bitsOf(setter) & bitsOf(reader)) !== 0
