import { isOpenWay } from './blame.ts'
import type { CauseBook } from './causes/book.ts'
import type { CauseId } from './causes/ids.ts'
import type { Tried } from './convict.ts'
import type { FoundCause, RuledOut, Status } from './diagnosis.ts'
import type { Scene } from './scene.ts'

/** Below this a cause is not worth a line. */
const LEAST = 0.05
/** What rests on evidence that was not taken is not more than likely, however the model sees it. */
const UNFOUNDED = 0.6
/** The very thing was seen: what was told of other connections does not clear it. */
const SEEN = 0.92
/** A cause stands, and hides its consequences, from here on. */
const STANDS = 0.6

/**
 * Orders what was found. The confidence is calibrated on the incidents (docs/diagnosis.md): proof by the model weighs most, how
 * unambiguous the recognition is next; what is only a circumstance of a machine where nothing fails is hardly anything.
 */
export function ranked(
  scene: Scene,
  tried: readonly Tried[],
  book: CauseBook,
  eliminated: readonly RuledOut[] = [],
): { readonly causes: readonly FoundCause[]; readonly ruledOut: readonly RuledOut[] } {
  const calm = isCalm(scene)
  // What works has passed where such a fault would be: only the model's own proof would say otherwise.
  const out = new Set(eliminated.map(({ id }) => id))
  const scored = tried
    .filter(
      ({ suspect, trial }) =>
        trial !== 'unchanged' && !(trial === 'untried' && out.has(suspect.cause) && suspect.likelihood < SEEN && !isLogged(scene, suspect)),
    )
    .map((one): FoundCause => ({ ...told(one), confidence: confidenceOf(one, calm) }))
    .sort((a, b) => b.confidence - a.confidence)
  const proved = scored.some(({ status }) => status === 'proved')
  const hidden = consequences(scored, book)
  const causes = scored
    .map((cause) => (hidden.has(cause.id) || isFaint(cause, proved) ? { ...cause, confidence: round(cause.confidence * 0.3) } : cause))
    .filter(({ confidence }) => confidence >= LEAST)
    .sort((a, b) => b.confidence - a.confidence)
  const ruledOut = innocent(tried, causes)
  const settled = new Set([...causes, ...ruledOut].map(({ id }) => id))
  return { causes: oncePerCause(joined(deepestFirst(causes))), ruledOut: [...ruledOut, ...eliminated.filter(({ id }) => !settled.has(id))] }
}

/** Something was asked, and nothing of it fails. Objects and logs by themselves ask nothing: what they tell stands for itself. */
function isCalm({ symptoms, works, blames }: Scene): boolean {
  if (symptoms.length + works.length === 0) return false
  const fails = blames.some((blame) => !isOpenWay(blame))
  return !symptoms.some(
    ({ outcomes, result, untraceable }) => result !== undefined || (untraceable === undefined && outcomes.length > 0 && fails),
  )
}

/** A program said so itself, and no wrapper of it. */
const isLogged = ({ observations }: Scene, { because, likelihood }: Tried['suspect']): boolean =>
  likelihood >= 0.8 && because.some(({ observation }) => observations.some(({ id, kind }) => id === observation && kind === 'log'))

const told = ({ suspect, trial, behind, open, absent }: Tried): Omit<FoundCause, 'confidence'> => ({
  id: suspect.cause,
  status: statusOf(suspect.likelihood, trial, open || (absent?.length ?? 0) > 0),
  where: suspect.where,
  because: suspect.because,
  against: suspect.against,
  explains: suspect.explains,
  ...(suspect.without ? { without: suspect.without } : {}),
  ...(absent?.length ? { absent } : {}),
  ...(behind === undefined ? {} : { behind }),
})

function statusOf(likelihood: number, trial: Tried['trial'], open: boolean | undefined): Status {
  if (trial === 'cured') return open ? 'supported' : 'proved'
  return likelihood >= 0.5 ? 'supported' : 'possible'
}

function confidenceOf({ suspect: { likelihood, against, without }, trial, behind, open, absent }: Tried, calm: boolean): number {
  const doubt = 0.8 ** against.length * (absent?.length || (open && trial !== 'cured') ? UNFOUNDED : 1)
  if (trial === 'cured' && open) return round((0.3 + 0.3 * likelihood) * doubt * (calm ? 0.3 : 1))
  if (trial === 'cured') return round((0.72 + 0.27 * likelihood) * doubt * (behind === undefined ? 1 : 0.97))
  if (trial === 'further') return round((0.4 + 0.4 * likelihood) * doubt)
  // What the model has, and could not be tried on a packet, is weaker than what no model has.
  return round(likelihood * (without?.length ? 0.85 : 0.97) * doubt * (calm ? 0.3 : 1))
}

const round = (value: number): number => Math.round(value * 100) / 100

/** What is only not excluded does not stand beside a proof. */
const isFaint = ({ status }: FoundCause, proved: boolean): boolean => proved && status === 'possible'

function consequences(causes: readonly FoundCause[], book: CauseBook): ReadonlySet<CauseId> {
  const standing = causes.filter(({ confidence }) => confidence >= STANDS)
  const hidden = new Set<CauseId>()
  for (const { id } of standing) if (!hidden.has(id)) for (const other of book.get(id)?.hides ?? []) hidden.add(other)
  return hidden
}

/** What is proved of a host takes in what else points to the same cause there: further evidence, and not a cause of its own. */
function joined(causes: readonly FoundCause[]): readonly FoundCause[] {
  const proved = causes.filter(({ status }) => status === 'proved')
  const isMore = (cause: FoundCause, { id, where }: FoundCause): boolean =>
    cause.status !== 'proved' && cause.id === id && (cause.where.host === '' || cause.where.host === where.host)
  return causes
    .filter((cause) => !proved.some((other) => isMore(cause, other)))
    .map((cause) => {
      const more = cause.status === 'proved' ? causes.filter((other) => isMore(other, cause)) : []
      return more.length === 0 ? cause : { ...cause, because: [...cause.because, ...more.flatMap(({ because }) => because)] }
    })
}

/** Faults that lead a packet astray: what refuses it there need not have been meant for it. */
const MISLEADS: ReadonlySet<CauseId> = new Set([
  'host.interface-down',
  'route.overlap',
  'route.policy-rule',
  'route.missing',
  'filter.mark-collision',
  'nat.hijack',
  'backend.mixed',
  'service.proxy-conflict',
])
/** Proofs that differ by less are alike. */
const ALIKE = 0.04

/** Of causes that are proved alike, one that led the packet where another refuses it comes first, and that other was not meant for it. */
function deepestFirst(causes: readonly FoundCause[]): readonly FoundCause[] {
  const [best] = causes
  if (best?.status !== 'proved') return causes
  const alike = causes.filter(
    ({ status, confidence, behind }) => status === 'proved' && behind === undefined && confidence >= best.confidence - ALIKE,
  )
  const deeper = alike.filter(({ id }) => MISLEADS.has(id))
  const isMet = (cause: FoundCause): boolean =>
    alike.includes(cause) && cause.explains.every((id) => deeper.some(({ explains }) => explains.includes(id)))
  if (deeper.length === 0) return causes
  const rest = causes
    .filter((cause) => !deeper.includes(cause))
    .map((cause) => (isMet(cause) ? { ...cause, status: 'supported' as const, confidence: round(cause.confidence * UNFOUNDED) } : cause))
  return [...deeper.map((cause) => ({ ...cause, confidence: best.confidence })), ...rest.sort((a, b) => b.confidence - a.confidence)]
}

/** The same cause at several places: each place is named, once. */
function oncePerCause(causes: readonly FoundCause[]): readonly FoundCause[] {
  const seen = new Set<string>()
  return causes.filter(({ id, where }) => {
    const key = `${id} ${where.host} ${where.netns ?? ''} ${where.object}`
    return seen.has(key) ? false : seen.add(key)
  })
}

function innocent(tried: readonly Tried[], causes: readonly FoundCause[]): readonly RuledOut[] {
  const guilty = new Set(causes.map(({ id }) => id))
  const out = new Map<CauseId, RuledOut>()
  for (const { suspect, trial } of tried) {
    if (trial !== 'unchanged' || guilty.has(suspect.cause) || out.has(suspect.cause)) continue
    const source = suspect.where.rule?.source ?? suspect.where.source
    out.set(suspect.cause, {
      id: suspect.cause,
      because: [{ text: `without it (${suspect.where.object}) the model shows the same symptom`, source }, ...suspect.because],
    })
  }
  return [...out.values()]
}
