import type { Document } from '../../intake/document.ts'
import { isLoopback } from '../../net/special.ts'
import type { Because, Suspect } from '../causes/cause.ts'
import type { CauseId } from '../causes/ids.ts'
import type { Observation } from '../observations/observation.ts'
import { BETWEEN, cleared, sameTarget } from './clear.ts'
import { type Flow, flowsOf, targetText } from './flow.ts'
import { clearedByCaptures } from './left-host.ts'
import { type Manner, mannerOf } from './manner.ts'
import { type NextTest, nextTests } from './next.ts'
import { PORT_BLIND } from './port-blind.ts'
import { causesAt, everyCauseAt, STAGES, type StageId } from './stages.ts'
import { wayOf } from './way.ts'

/** A place where the fault can still be. */
export interface Place {
  readonly stage: StageId
  readonly title: string
  readonly causes: readonly CauseId[]
}

export interface Elimination {
  /** Where the fault can still be, in the packet's order. */
  readonly places: readonly Place[]
  readonly remaining: readonly Suspect[]
  readonly ruledOut: readonly { readonly id: CauseId; readonly because: readonly Because[] }[]
  /** The one that halves what is left best first. */
  readonly next: readonly NextTest[]
}

export interface EliminationInput {
  readonly observations: readonly Observation[]
  readonly documents: readonly Document[]
  /** Ids of failing observations that the model explains by itself: they need no elimination. */
  readonly explained?: ReadonlySet<string> | undefined
}

const NOTHING: Elimination = { places: [], remaining: [], ruledOut: [], next: [] }

/**
 * Cuts down the places where a fault can be, without any ruleset (decision 6): each flow passes a known series of stages with a known header;
 * what lies on a working flow's way with the same header is innocent, and so is what could not fail in that manner. Says nothing where
 * nothing fails, or where it is not told what sort of places fail.
 */
export function eliminate({ observations, documents, explained }: EliminationInput): Elimination {
  const flows = flowsOf(observations, documents)
  const failing = specific(
    flows
      .filter(({ works, id, result }) => !works && result !== 'exposed' && explained?.has(id) !== true)
      .filter((flow) => wayOf(flow) !== undefined),
  )
  const captured = clearedByCaptures(observations, documents)
  if (failing.length === 0) return { ...NOTHING, ruledOut: captured }
  const verdicts = failing.map((flow) => judge(flow, flows))
  const left = common(verdicts)
  const places = [...left.keys()].map((stage): Place => ({ stage, title: STAGES[stage].title, causes: left.get(stage) ?? [] }))
  const guilty = new Set(places.flatMap(({ causes }) => causes))
  return {
    places,
    remaining: suspectsOf(places, failing, verdicts, acrossOnly(failing, flows)),
    ruledOut: withCaptured(ruledOutOf(verdicts, guilty), captured),
    next: nextTests(places, failing[0] as Flow),
  }
}

/** Flows to a told address or Service say more than "Pod → ClusterIP"; one that also says how it fails, more than one that does not. */
function specific(failing: readonly Flow[]): readonly Flow[] {
  const exact = failing.filter(
    ({ target, sender }) =>
      (target.address !== undefined || target.service !== undefined) && target.port !== undefined && sender.place !== undefined,
  )
  const chosen = exact.length ? exact : failing
  const telling = chosen.filter(({ result }) => mannerOf(result) !== 'any' && result !== 'no-name')
  return (telling.length ? telling : chosen).slice(0, 24)
}

/** What became of each stage of one failing flow's way. */
interface Verdict {
  readonly flow: Flow
  readonly manner: Manner
  readonly left: ReadonlyMap<StageId, readonly CauseId[]>
  readonly reasons: ReadonlyMap<CauseId, readonly Because[]>
}

function judge(flow: Flow, flows: readonly Flow[]): Verdict {
  const manner = mannerOf(flow.result)
  const left = new Map<StageId, readonly CauseId[]>()
  const reasons = new Map<CauseId, readonly Because[]>()
  const exonerate = (causes: readonly CauseId[], because: Because) => {
    for (const cause of causes) reasons.set(cause, [...(reasons.get(cause) ?? []), because])
  }
  for (const id of wayOf(flow) ?? []) {
    const stage = STAGES[id]
    const witnesses = flows.filter(({ works }) => works).map((works) => ({ works, clear: cleared(stage, flow, works, flows) }))
    const whole = witnesses.find(({ clear }) => clear?.how === 'all')
    if (whole?.clear) {
      exonerate(everyCauseAt(stage), {
        text: `${stage.title}: ${sentenceOf(whole.works)} passes it, and ${whole.clear.why}`,
        observation: whole.works.id,
      })
      continue
    }
    const blind = witnesses.find(({ clear }) => clear?.how === 'port-blind')
    if (blind?.clear)
      exonerate(
        everyCauseAt(stage).filter((cause) => PORT_BLIND.has(cause)),
        {
          text: `${stage.title}: ${sentenceOf(blind.works)} passes it; ${blind.clear.why}, and this does not ask for a port`,
          observation: blind.works.id,
        },
      )
    const possible = ordered(id, causesAt(stage, manner), flow, flows)
    exonerate(
      everyCauseAt(stage).filter((cause) => !possible.includes(cause)),
      { text: `such a fault would not show as ${MANNERS[manner]}, and so ${sentenceOf(flow)} fails`, observation: flow.id },
    )
    const causes = possible.filter((cause) => !(blind?.clear && PORT_BLIND.has(cause)))
    if (causes.length > 0) left.set(id, causes)
  }
  return { flow, manner, left, reasons }
}

/** What the ends of a flow make likelier at a stage, first. */
function ordered(stage: StageId, causes: readonly CauseId[], flow: Flow, flows: readonly Flow[]): readonly CauseId[] {
  const first = (cause: CauseId): readonly CauseId[] =>
    causes.includes(cause) ? [cause, ...causes.filter((one) => one !== cause)] : causes
  const loopback = flow.target.address !== undefined && isLoopback(flow.target.address)
  if (stage === 'output') return loopback ? first('nat.loopback') : causes.filter((cause) => cause !== 'nat.loopback')
  if (stage === 'socket' && mannerOf(flow.result) === 'silent') return flows.some(({ works }) => works) ? [] : causes
  const others = flows.some(
    (one) => one.works && one.sender.role === flow.sender.role && sameTarget(one, flow) && one.target.port === flow.target.port,
  )
  return stage === 'postrouting' && flow.target.role === 'service' && others ? first('nat.hairpin') : causes
}

const MANNERS: Readonly<Record<Manner, string>> = {
  refused: 'a refusal at once',
  silent: 'silence',
  unreachable: 'an answer that says unreachable',
  later: 'a fault behind the connection',
  misled: 'the answer of another server',
  any: 'a failure',
}

const sentenceOf = (flow: Flow): string => `${flow.sender.place ?? `a ${flow.sender.role ?? 'sender'}`} to ${targetText(flow)}`

/** One fault explains all that fails, where any place is left to all; else every place that is left to one. */
function common(verdicts: readonly Verdict[]): ReadonlyMap<StageId, readonly CauseId[]> {
  const [first, ...others] = verdicts
  if (!first) return new Map()
  const shared = new Map<StageId, readonly CauseId[]>()
  for (const [stage, causes] of first.left) {
    const both = causes.filter((cause) => others.every(({ left }) => left.get(stage)?.includes(cause) ?? false))
    if (both.length) shared.set(stage, both)
  }
  if (shared.size > 0) return shared
  const all = new Map<StageId, readonly CauseId[]>()
  for (const { left } of verdicts) for (const [stage, causes] of left) all.set(stage, [...new Set([...(all.get(stage) ?? []), ...causes])])
  return all
}

/**
 * How often the fault is among all that is left (docs/reference/calibration.md measures it), shared by what is left according to how usual it is at
 * its place; that no more is known than what works and what fails is never surer than MOST.
 */
const AMONG_THE_LEFT = 0.85
const MOST = 0.6
/** Few drop in raw or mangle; a refusal seldom is a policy's, since only kube-router's rules refuse. */
const UNUSUAL: Partial<Record<CauseId, number>> = { 'filter.raw-drop': 0.7, 'policy.kubernetes': 0.9 }
const rarity = (stage: StageId, cause: CauseId): number => (RARE[stage] ?? 1) * (UNUSUAL[cause] ?? 1)
/** Where notes tell only what sort of connection fails. */
const VAGUE = 0.6
/** The first of a place's causes is the usual one. */
const SHARES: readonly number[] = [1, 0.5, 0.35, 0.25, 0.2]
const LAST_SHARE = 0.15
/** Where faults seldom sit: few give a pod rules of its own. */
const RARE: Partial<Record<StageId, number>> = { client: 0.5, 'client-link': 0.7, network: 0.6, server: 0.5, socket: 0.8 }

/** What fails goes to another node, and the same sort of connection works on one node. */
const acrossOnly = (failing: readonly Flow[], flows: readonly Flow[]): boolean =>
  failing.every(({ sameNode }) => sameNode === false) &&
  flows.some(({ works, sameNode, target }) => works && sameNode === true && target.role === failing[0]?.target.role)

function suspectsOf(places: readonly Place[], failing: readonly Flow[], verdicts: readonly Verdict[], across: boolean): readonly Suspect[] {
  const told = failing.every(
    ({ sender, target }) => sender.place !== undefined && (target.address !== undefined || target.service !== undefined),
  )
  const explains = failing.map(({ id }) => id)
  const host = failing.find(({ sender }) => sender.node !== undefined)?.sender.node ?? ''
  const mass = AMONG_THE_LEFT * (told ? 1 : VAGUE)
  const byCause = new Map<CauseId, Weighed[]>()
  for (const one of weights(places, across)) byCause.set(one.cause, [...(byCause.get(one.cause) ?? []), one])
  // What can sit at several places is not likelier for it: it stands where it is most usual.
  const likeliest = [...byCause.values()].map((parts) => [...parts].sort((a, b) => b.weight - a.weight) as [Weighed, ...Weighed[]])
  const whole = likeliest.reduce((sum, [{ weight }]) => sum + weight, 0)
  return likeliest
    .map(([first, ...others]): Suspect => {
      const { cause, place, weight } = first
      return {
        cause,
        where: { host, object: [first, ...others].map((one) => one.place.title).join(', or ') },
        because: [becauseLeft(place.title, verdicts), ...cleardAround(place.stage, verdicts)],
        against: [],
        likelihood: Math.round(Math.min(MOST, (mass * weight) / whole) * 100) / 100,
        explains,
      }
    })
    .sort((a, b) => b.likelihood - a.likelihood)
}

interface Weighed {
  readonly cause: CauseId
  readonly place: Place
  readonly weight: number
}

/** How usual each cause is at each place that is left, against the others. */
function weights(places: readonly Place[], across: boolean): readonly Weighed[] {
  return places.flatMap((place) => {
    const between = across ? (place.stage === 'overlay' ? 2 : BETWEEN.has(place.stage) ? 1 : 0.5) : 1
    return place.causes.map((cause, i) => ({
      cause,
      place,
      weight: (SHARES[i] ?? LAST_SHARE) * rarity(place.stage, cause) * between,
    }))
  })
}

function becauseLeft(title: string, verdicts: readonly Verdict[]): Because {
  const { flow } = verdicts[0] as Verdict
  return { text: `${sentenceOf(flow)} fails, and nothing that works passes ${title} with the same header`, observation: flow.id }
}

/** The working flows that clear the rest of the way. */
function cleardAround(stage: StageId, verdicts: readonly Verdict[]): readonly Because[] {
  const seen = new Map<string, Because>()
  for (const { reasons } of verdicts)
    for (const list of reasons.values())
      for (const because of list)
        if (
          because.observation !== undefined &&
          !because.text.startsWith(STAGES[stage].title) &&
          / passes it, /.test(because.text) &&
          !seen.has(because.observation)
        )
          seen.set(because.observation, because)
  return [...seen.values()].slice(0, 4)
}

function ruledOutOf(verdicts: readonly Verdict[], guilty: ReadonlySet<CauseId>): Elimination['ruledOut'] {
  const out = new Map<CauseId, readonly Because[]>()
  for (const { reasons } of verdicts)
    for (const [cause, because] of reasons) if (!guilty.has(cause)) out.set(cause, distinct([...(out.get(cause) ?? []), ...because]))
  return [...out].map(([id, because]) => ({ id, because: [...because].sort((a, b) => rank(a) - rank(b)).slice(0, 4) }))
}

/** A flow that passes says more than how a failure would look. */
const rank = ({ text }: Because): number => (/ passes it, /.test(text) ? 0 : / passes it; /.test(text) ? 1 : 2)

const withCaptured = (all: Elimination['ruledOut'], captured: Elimination['ruledOut']): Elimination['ruledOut'] => [
  ...captured,
  ...all.filter(({ id }) => !captured.some((one) => one.id === id)),
]

function distinct(all: readonly Because[]): readonly Because[] {
  const seen = new Set<string>()
  return all.filter(({ text }) => (seen.has(text) ? false : seen.add(text)))
}
