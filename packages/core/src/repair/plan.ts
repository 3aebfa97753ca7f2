/** A repair as data: what `repair plan -o json` prints and `repair apply` reads. */
export interface Plan {
  readonly schema: 'culprit.plan/v1'
  readonly id: string
  readonly title: string
  /** The diagnosis option, runbook or commands that it was made from. */
  readonly origin: { readonly kind: 'option' | 'runbook' | 'commands' | 'firewall'; readonly id: string }
  /** Host that it changes, as the evidence names it, and the namespace of it; '' is its own. */
  readonly target: { readonly host: string; readonly netns: string }
  readonly steps: readonly PlanStep[]
  readonly proof: Proof | null
  readonly guards: readonly Guard[]
  /** What must hold when all steps are done; else they are undone. */
  readonly criteria: readonly Check[]
  /** Of the state that the plan was made for, part by part: it is refused where one is another by then. Empty: made from files, not held. */
  readonly state: Readonly<Record<string, string>>
  /** Seconds without confirmation after which the machine undoes it by itself. */
  readonly timer: number
}

export interface PlanStep {
  readonly number: number
  /** Where it runs, for people: `host n1`, `namespace p1 of n1`. */
  readonly where: string
  readonly command: readonly string[]
  /** Empty: nothing takes it back, and `undoNote` says why. */
  readonly undo: readonly string[]
  readonly undoNote: string
  readonly effect: string
  /** '' where nothing is interrupted. */
  readonly interrupts: string
  readonly precondition: Check | null
  readonly check: Check | null
  readonly why: string
  /** Prints the state that the step changes: the same before and after where it did nothing. null: no command shows it. */
  readonly probe: readonly string[] | null
  /** An object that is written to a file of the backup before the step. */
  readonly save: { readonly command: readonly string[]; readonly file: string } | null
  /** Seconds that it may take. */
  readonly timeout: number
}

/** A command whose answer shows that something holds. */
export interface Check {
  readonly text: string
  readonly command: readonly string[]
  readonly expect: Expectation
  /** Seconds within which it must come to hold; it is asked again until then. */
  readonly within: number
}

export interface Expectation {
  /** Exit code; 0 when left out. null: any. */
  readonly code?: number | null | undefined
  /** Its output holds this text. */
  readonly contains?: string | undefined
  /** Its output does not hold this text. */
  readonly lacks?: string | undefined
}

export interface FlowChange {
  readonly from: string
  readonly to: string
  readonly before: string
  readonly after: string
}

/** What the model says of the flows it knows, before and after. */
export interface Proof {
  readonly repaired: number
  readonly broken: number
  readonly unchanged: number
  /** Flows that worked and of which the model no longer knows. */
  readonly unsure: number
  readonly flows: readonly FlowChange[]
  /** How many pairs of sender and target the evidence knows, where the counts are of a part of them, spread evenly; null: of all. */
  readonly sampledFrom: number | null
  /** Numbers of steps that the model cannot follow. */
  readonly unmodelled: readonly number[]
}

/** A reason not to apply a plan, or that there is none. */
export interface Guard {
  /** By which it is accepted. */
  readonly id: string
  readonly status: 'holds' | 'fails' | 'unknown'
  readonly text: string
}

/** Does what a command answered fulfil the expectation? */
export function fulfils(expect: Expectation, answer: { readonly code: number | null; readonly output: string }): boolean {
  const code = expect.code === undefined ? 0 : expect.code
  return (
    (code === null || answer.code === code) &&
    (expect.contains === undefined || answer.output.includes(expect.contains)) &&
    (expect.lacks === undefined || !answer.output.includes(expect.lacks))
  )
}

/** Guards that stand against applying: those that fail or cannot be judged, and were not accepted by name. */
export const standing = (guards: readonly Guard[], accepted: readonly string[]): readonly Guard[] =>
  guards.filter(({ id, status }) => status !== 'holds' && !accepted.includes(id))
