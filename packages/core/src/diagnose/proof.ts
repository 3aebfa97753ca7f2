import { createEngine } from '../datapath/engine.ts'
import type { Outcome } from '../datapath/trace.ts'
import type { Document } from '../intake/document.ts'
import { applyChanges } from '../model/change/apply.ts'
import { type Blame, blamesOf } from './blame.ts'
import type { Suspect } from './causes/cause.ts'
import { endText } from './meant.ts'
import { isExplained, retraced, type Scene, type Symptom } from './scene.ts'

/** What came of taking a suspect away in the model. */
export type Trial =
  /** A symptom that it was accused of is gone. */
  | { readonly kind: 'cured' }
  /** The packet gets further, and fails elsewhere: there is another fault behind it. `after` is what the machine would be. */
  | { readonly kind: 'further'; readonly after: readonly Document[]; readonly symptoms: readonly Symptom[] }
  /** Nothing changes: the suspect is innocent. */
  | { readonly kind: 'unchanged' }
  /** The model has no such thing to take away, or no packet to show it with. */
  | { readonly kind: 'untried' }

/** Traces the symptoms of a suspect on the machine without it (decision 5 of the design). */
export function tryWithout(scene: Scene, suspect: Suspect): Trial {
  const accused = scene.symptoms.filter((symptom) => symptom.outcomes.length > 0 && isExplained(symptom, suspect))
  if (!suspect.without?.length || accused.length === 0) return { kind: 'untried' }
  const { documents, missed } = applyChanges(scene.documents, suspect.without)
  if (missed.length === suspect.without.length) return { kind: 'untried' }
  const engine = createEngine(documents)
  const { request } = suspect
  const after = accused.map((symptom) => retraced(engine, symptom, request))
  const before = request ? accused.map((symptom) => retraced(scene.engine, symptom, request)) : accused
  if (before.every((symptom) => !isSick(symptom, symptom))) return { kind: 'untried' }
  // What is accused of several symptoms may be the fault of one, while another stands behind the rest.
  if (after.some((symptom, i) => isSick(before[i] as Symptom, before[i] as Symptom) && !isSick(symptom, before[i] as Symptom)))
    return { kind: 'cured' }
  return after.some((symptom, i) => isFurther(symptom, before[i] as Symptom))
    ? { kind: 'further', after: documents, symptoms: after }
    : { kind: 'unchanged' }
}

/** Does the model show the symptom? For one that is no failure (another answers, it should not connect) the answer is compared with what it was. */
export function isSick(symptom: Symptom, before: Symptom): boolean {
  if (symptom.outcomes.length === 0) return true
  switch (symptom.result) {
    case 'wrong-server':
      return symptom.outcomes.some((outcome) => isWrongServer(symptom, outcome, before)) || blamesOf(symptom).length > 0
    case 'exposed':
      return symptom.outcomes.some(({ connection }) => connection === 'connects')
    default:
      return blamesOf(symptom).length > 0
  }
}

/** Not the one that is meant; where nobody tells who that is, the same as before. */
const isWrongServer = ({ meant }: Symptom, outcome: Outcome, before: Symptom): boolean =>
  meant ? !meant.ends.has(endText(outcome.packet.dst, outcome.packet.dport)) : before.outcomes.some((was) => sameServer(outcome, was))

const sameServer = (a: Outcome, b: Outcome): boolean =>
  a.at.host === b.at.host && a.at.netns === b.at.netns && a.packet.dst === b.packet.dst && a.packet.dport === b.packet.dport

/** One way at least fails elsewhere than before. */
function isFurther(symptom: Symptom, before: Symptom): boolean {
  const were = new Set(blamesOf(before).map(placeOf))
  const are = blamesOf(symptom).map(placeOf)
  return are.length < were.size || are.some((place) => !were.has(place))
}

function placeOf({ kind, direction, part, step }: Blame): string {
  const { host, netns, interface: device } = part.at
  return [kind, direction, part.reason, host, netns, device, step?.table, step?.chain, step?.rule, step?.text, part.packet.dst].join(' ')
}
