import type { Result } from '../observation.ts'
import type { Party } from './party.ts'
import { judgementIn } from './reasons.ts'
import { partyIn, unmarked } from './who.ts'

/** What the words above or below an output say of it. */
export interface Lead {
  readonly party: Party | undefined
  /** "This works:" */
  readonly judgement: Result | undefined
  /** The part behind an arrow: "Pod → ClusterIP". */
  readonly target: string | undefined
}

export const ARROW = /\s*(?:-{1,3}>|={1,3}>|→|➜|➔|⇒|⟶|➡️?|↔|<-+>)\s*/u

/** List marks, numbers, block quotes and heading marks that a line begins with. */
export const withoutMarks = (line: string): string =>
  line
    .replace(/^[\s>]*(?:#{1,6}\s+|[-*+•]\s+|\d{1,2}[.)]\s+|\[[ xX]\]\s+|\((?:\d|[a-z])\)\s+)*/, '')
    .replace(/\*\*|__/g, '')
    .replace(/\s+/g, ' ')
    .trim()

/** Reads a line of prose, a list item or a heading above an output. */
export function leadOf(line: string, hosts: ReadonlySet<string>): Lead {
  const text = withoutMarks(line).slice(0, 300)
  const parts = text.split(ARROW)
  const arrow = parts.length === 2
  return {
    party: arrow ? partyIn(parts[0] as string, hosts) : senderIn(text, hosts),
    judgement: judgementIn(text),
    target: arrow ? (parts[1] as string) : undefined,
  }
}

/** Who sends, in "from inside the pod p1 (10.0.0.2):", "On node1:", "from the host it works". */
export function senderIn(line: string, hosts: ReadonlySet<string>): Party | undefined {
  const text = unmarked(line)
  const from = /\b(?:from|inside|within)\s+(?:(?:inside|within)\s+(?:of\s+)?)?((?:[^,:;!?]|:(?=\S)){1,90})/i.exec(text)
  if (from) {
    const party = partyIn(upToVerb(from[1] as string), hosts)
    if (party) return party
  }
  const on = /^(?:output |run |now |and |but |then |also )?(?:on|in|at)\s+([^,;!?]{1,90})/i.exec(text)
  if (on) return partyIn(upToVerb(on[1] as string), hosts)
  return /:\s*$/.test(text) && text.length < 80 && !/\s(?:to|of|for)\s/.test(text) ? partyIn(text.replace(/:\s*$/, ''), hosts) : undefined
}

/** "a pod on node2 to the service works" is about "a pod on node2". */
const upToVerb = (text: string): string =>
  text.split(
    /\s(?:to|it|i|we|you|is|are|was|can|can['’]?t|cannot|could|does|do|doesn['’]?t|don['’]?t|works?|fails?|hangs?|times?|gets?|using|with|via|towards?|into|against|everything|nothing|the (?:request|connection|same)|reach\w*|connect\w*|works|ping|curl|access\w*|but|and|while|that|which|when)\s|[(]?(?:works?|fails?|hangs?|times? ?out)\b/i,
  )[0] as string
