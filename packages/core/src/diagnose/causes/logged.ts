import type { Observation } from '../observations/observation.ts'
import type { Scene } from '../scene.ts'
import { aimsOf } from './aim.ts'
import type { Family, Suspect } from './cause.ts'
import { CAUSE_IDS, type CauseId } from './ids.ts'
import { passesHost, type Relevance, relevance } from './relevance.ts'
import { suspected } from './state.ts'

type Logged = Extract<Observation, { readonly kind: 'log' }>

/**
 * What programs log, by the cause that each message tells of: causes known only by their message need no code of their own, and the others
 * get a second witness.
 */
export const LOGGED: Family = { finds: CAUSE_IDS, suspects: loggedSuspects }

function loggedSuspects(scene: Scene): readonly Suspect[] {
  const groups = new Map<string, Logged[]>()
  for (const observation of scene.observations) {
    if (observation.kind !== 'log' || observation.cause === undefined || isAttempt(scene, observation)) continue
    const key = `${observation.cause} ${observation.host ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), observation])
  }
  const lengths = lengthsOf(scene)
  return [...groups.values()].map((group) => suspectOf(scene, group, lengths))
}

const MOST_TOLD = 4

function suspectOf(scene: Scene, group: readonly Logged[], lengths: ReadonlyMap<string, number>): Suspect {
  const weighed = group
    .map((logged) => ({ logged, about: relation(scene, logged), sure: specificity(logged) * (isOver(logged, lengths) ? OVER : 1) }))
    .sort((a, b) => b.sure * b.about.weight - a.sure * a.about.weight)
  const [first] = weighed as [(typeof weighed)[number]]
  const { logged, about, sure } = first
  return suspected(logged.cause as CauseId, about, {
    where: { host: logged.host ?? '', object: logged.signature?.title ?? 'a message', source: logged.source },
    because: weighed.slice(0, MOST_TOLD).map(({ logged: { text, source, id } }) => ({ text, source, observation: id })),
    likelihood: sure,
    explains: weighed.map(({ logged: { id } }) => id),
  })
}

/** How much a message by itself tells: the very error, a warning, a wrapper of another error, a remark. */
function specificity({ signature }: Logged): number {
  if (!signature) return 0.7
  if (signature.severity === 'info') return 0.25
  if (signature.general) return 0.5
  return signature.severity === 'warning' ? 0.55 : 0.88
}

/** What a log says once and no more while it goes on for long is over: daemons complain while others start. */
const OVER = 0.33
const LONG = 40

function isOver({ source, signature }: Logged, lengths: ReadonlyMap<string, number>): boolean {
  const lines = source ? lengths.get(source.file) : undefined
  return lines !== undefined && lines >= LONG && signature !== undefined && signature.lastLine < lines * 0.7
}

/** Lines of each log. In notes, and in what is pasted there, the order of lines is not that of time. */
function lengthsOf({ documents }: Scene): ReadonlyMap<string, number> {
  const formats = documents.map(({ content }) => (content.kind === 'recognised' ? content.format : undefined))
  const notes = new Set(documents.filter((_, i) => formats[i] === 'notes').map(({ file }) => file))
  const lengths = new Map<string, number>()
  for (const [i, { file, text }] of documents.entries())
    if (text !== undefined && !notes.has(file) && (formats[i] === 'log' || formats[i] === 'kernel-log'))
      lengths.set(file, text.trimEnd().split('\n').length)
  return lengths
}

/** Lines between a message and what fails, in the notes that tell of both. */
const AT_ONCE = 3
const NEAR = 60
/** Notes that tell of more causes than this are a manual: most of what they quote happened to somebody else. */
const ONE_STORY = 6

/** The same notes tell of the message and of what fails; or what fails passes the host that logged it. */
function relation(scene: Scene, { source, host }: Logged): Relevance {
  const apart = linesApart(scene, source)
  const stories = storiesIn(scene, source?.file)
  const near = stories > ONE_STORY ? AT_ONCE : NEAR
  const same = relevance(scene, ({ symptom }) => symptom.observation !== undefined && (apart.get(symptom.observation) ?? Infinity) <= near)
  if (same.hit) return Math.min(...apart.values()) <= AT_ONCE ? same : { ...same, weight: 0.95 }
  if (apart.size > 0) return { weight: Math.min(0.8, ONE_STORY / stories), explains: [], hit: false }
  if (host === undefined) return aimsOf(scene).length > 0 ? { weight: 0.7, explains: [], hit: false } : relevance(scene, () => false)
  const passing = relevance(scene, (aim) => passesHost(aim, host))
  return passing.hit ? { ...passing, weight: 0.9 } : passing
}

/** Failing connections that the same file tells of, and how far from the message. */
function linesApart({ observations }: Scene, source: Logged['source']): ReadonlyMap<string, number> {
  const apart = new Map<string, number>()
  for (const { id, kind, source: at } of observations)
    if (kind === 'fails' && at !== undefined && at.file === source?.file) apart.set(id, Math.abs(at.line - source.line))
  return apart
}

function storiesIn({ observations }: Scene, file: string | undefined): number {
  return new Set(observations.flatMap((one) => (one.kind === 'log' && one.source?.file === file && one.cause ? [one.cause] : []))).size
}

/** `connection refused`, `i/o timeout` at the end of an attempt that is told as such say what was seen, and not why. */
const SEEN: ReadonlySet<CauseId | undefined> = new Set([
  'app.not-listening',
  'filter.forward-rule',
  'route.missing',
  'host.neighbour',
  'dns.unreachable',
])

const isAttempt = (scene: Scene, { cause, source, signature }: Logged): boolean =>
  (signature?.general === true || cause === 'dns.unreachable') && SEEN.has(cause) && Math.min(...linesApart(scene, source).values()) === 0
