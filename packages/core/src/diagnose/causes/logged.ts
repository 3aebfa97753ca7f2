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
    if (observation.kind !== 'log' || observation.cause === undefined) continue
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

/** Lines of each log. In notes the order of lines is not that of time. */
function lengthsOf({ documents }: Scene): ReadonlyMap<string, number> {
  const lengths = new Map<string, number>()
  for (const { content, file, text } of documents)
    if (text !== undefined && content.kind === 'recognised' && (content.format === 'log' || content.format === 'kernel-log'))
      lengths.set(file, text.trimEnd().split('\n').length)
  return lengths
}

/** The same notes tell of the message and of what fails; or what fails passes the host that logged it. */
function relation(scene: Scene, { source, host }: Logged): Relevance {
  const beside = new Set(
    scene.observations.flatMap(({ id, kind, source: at }) =>
      kind === 'fails' && at !== undefined && at.file === source?.file ? [id] : [],
    ),
  )
  const same = relevance(scene, ({ symptom }) => symptom.observation !== undefined && beside.has(symptom.observation))
  if (same.hit) return same
  if (host === undefined) return aimsOf(scene).length > 0 ? { weight: 0.7, explains: [], hit: false } : relevance(scene, () => false)
  const passing = relevance(scene, (aim) => passesHost(aim, host))
  return passing.hit ? { ...passing, weight: 0.9 } : passing
}
