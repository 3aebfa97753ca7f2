import type { Outcome, Step } from '../../../datapath/trace.ts'
import type { Blame } from '../../blame.ts'
import { ownerOf, type Scene } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'
import { accuse, faultOfStep, quoted, withoutStep } from '../suspect.ts'

/** One program sets bits of the packet mark, and a rule of another takes them for its own. */
export const MARK_COLLISION: Cause = {
  id: 'filter.mark-collision',
  suspects: (scene) =>
    scene.blames.flatMap((blame) =>
      [blame.outcome, ...(blame.outcome.reply ? [blame.outcome.reply] : [])].flatMap((part) => collisions(scene, blame, part)),
    ),
}

function collisions(scene: Scene, blame: Blame, { steps }: Outcome): readonly Suspect[] {
  return steps.flatMap((reader, at) => {
    if (!readsMark(reader)) return []
    const setter = steps
      .slice(0, at)
      .findLast(
        (step) => step.host === reader.host && step.netns === reader.netns && setsMark(step) && overlap(setBits(step), readBits(reader)),
      )
    if (!setter) return []
    const [by, of] = [ownerOf(scene, setter), ownerOf(scene, reader)]
    // A routing rule is nobody's: who sets a mark for it is its program, unless the bits are known to mean something else.
    if (by === of || (of === '' && !MARKERS.has(by)) || isForIt(by, of)) return []
    return [
      accuse('filter.mark-collision', blame, {
        where: faultOfStep(setter),
        because: [
          quoted(`${by} sets bits of the mark`, setter),
          quoted(`and ${of === '' ? 'a routing rule' : of} takes them for its own`, reader),
        ],
        likelihood: 0.95,
        without: [withoutStep(setter)],
      }),
    ]
  })
}

/** Programs whose marks are for their own netfilter rules, and for no routing rule. */
const MARKERS = new Set(['kube-proxy', 'kubelet', 'cni-portmap', 'kube-router', 'docker'])

/** kubelet made the chains for kube-proxy once: what one marks is the other's. */
const isForIt = (by: string, of: string): boolean => [by, of].every((one) => one === 'kubelet' || one === 'kube-proxy')

const setsMark = (step: Step): boolean => step.kind === 'rule' && (step.effect === 'MARK' || /--set-x?mark|meta mark set/.test(step.text))
const readsMark = ({ text, kind }: Step): boolean => (kind === 'rule' || kind === 'route') && /-m mark|meta mark &|fwmark/.test(text)

const ALL = 0xffffffff

/** Bits that it looks at: the mask, or all where there is none. */
function readBits({ text }: Step): number {
  const found = /(?:--mark|fwmark|meta mark &) ?(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?/i.exec(text)
  return found ? Number(found[2] ?? (/meta mark/.test(text) ? found[1] : ALL)) : 0
}

/** Bits that it changes: those of the mask, or all where there is none (--set-mark, --set-xmark); the value's for --or-mark. */
function setBits({ text }: Step): number {
  const found = /--set-x?mark (?:0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?/i.exec(text)
  if (found) return Number(found[1] ?? ALL)
  const or = /(?:--or-mark|meta mark set (?:meta )?mark (?:or|\|)) ?(0x[0-9a-f]+|\d+)/i.exec(text)
  return or ? Number(or[1]) : ALL
}

const overlap = (set: number, read: number): boolean => (set & read) !== 0
