import { createEngine } from '../datapath/engine.ts'
import { assembleScene } from './assemble.ts'
import { isOpenWay, isOtherThanSeen } from './blame.ts'
import type { Because, Cause, Family, Suspect } from './causes/cause.ts'
import type { CauseId } from './causes/ids.ts'
import { type Absent, absentFor } from './footing.ts'
import { type Trial, tryWithout } from './proof.ts'
import { isExplained, type Scene } from './scene.ts'

/** A suspect after its trial. */
export interface Tried {
  readonly suspect: Suspect
  readonly trial: Trial['kind']
  /** The evidence leaves open whether it is so: the way forks there. */
  readonly open?: boolean | undefined
  /** Evidence that would show it to be otherwise, and is not there. */
  readonly absent?: readonly Absent[] | undefined
  /** The fault that stands before it on the packet's way: both have to be mended. */
  readonly behind?: CauseId | undefined
}

/** Faults that may stand one behind the other on one way. */
const DEEPEST = 4
/** Suspects whose trial is not worth the time: each is a trace of every symptom on a changed machine. */
const MOST_TRIALS = 40

/** Everyone that speaks for itself in the scene, each tried; where none is the whole story, what stands behind is looked for too. */
export function convict(scene: Scene, causes: readonly (Cause | Family)[], depth = 0): readonly Tried[] {
  const suspects = merged(causes.flatMap((cause) => cause.suspects(scene))).sort((a, b) => b.likelihood - a.likelihood)
  const tried = suspects.map((suspect, i) => ({
    suspect,
    trial: i < MOST_TRIALS ? tryWithout(scene, suspect) : ({ kind: 'untried' } as Trial),
  }))
  const all: Tried[] = tried.map(({ suspect, trial }) => ({
    suspect,
    trial: trial.kind,
    open: isOpen(scene, suspect),
    absent: absentFor(scene, suspect),
  }))
  if (depth >= DEEPEST || tried.some(({ trial }) => trial.kind === 'cured')) return all
  const first = tried.find(({ trial }) => trial.kind === 'further')
  if (first?.trial.kind !== 'further') return all
  const behind = convict(sceneAfter(scene, first.trial), causes, depth + 1)
  if (!behind.some(({ trial, open }) => trial === 'cured' && !open)) return all
  // Together they are the whole story: the first is proved by the last.
  const chain = behind.filter(({ trial, behind: before }) => trial === 'cured' || before !== undefined)
  const cause = first.suspect.cause
  return [
    { suspect: first.suspect, trial: 'cured', open: isOpen(scene, first.suspect), absent: absentFor(scene, first.suspect) },
    ...all.filter(({ suspect }) => suspect !== first.suspect),
    ...chain.filter(({ suspect }) => !isSame(suspect, first.suspect)).map((one) => ({ ...one, behind: one.behind ?? cause })),
  ]
}

/** Is the way that it is accused of one that missing evidence left open, or one that would have shown otherwise? */
function isOpen({ blames }: Scene, suspect: Suspect): boolean {
  const own = blames.filter(({ symptom }) => isExplained(symptom, suspect))
  return own.length > 0 && (own.every(isOpenWay) || own.every(isOtherThanSeen))
}

function sceneAfter(scene: Scene, { after, symptoms }: Extract<Trial, { kind: 'further' }>): Scene {
  return assembleScene({ ...scene, documents: after, engine: createEngine(after), symptoms })
}

/** Rules of one chain that refuse one behind the other are one fault. */
const isSame = (a: Suspect, b: Suspect): boolean =>
  a.cause === b.cause && a.where.host === b.where.host && a.where.rule?.chain === b.where.rule?.chain

const keyOf = ({ cause, where, request }: Suspect): string =>
  [cause, where.host, where.netns, where.object, where.rule?.text, request?.sport].join('\0')

/** The same fault accused for several symptoms is one suspect that explains them all. */
function merged(suspects: readonly Suspect[]): Suspect[] {
  const byKey = new Map<string, Suspect>()
  for (const suspect of suspects) {
    const known = byKey.get(keyOf(suspect))
    byKey.set(
      keyOf(suspect),
      known
        ? {
            ...known,
            because: distinct([...known.because, ...suspect.because]),
            against: distinct([...known.against, ...suspect.against]),
            likelihood: Math.max(known.likelihood, suspect.likelihood),
            explains: [...new Set([...known.explains, ...suspect.explains])],
          }
        : suspect,
    )
  }
  return [...byKey.values()]
}

function distinct(list: readonly Because[]): readonly Because[] {
  const seen = new Set<string>()
  return list.filter(({ text, source }) => {
    const key = `${text} ${source?.file}:${source?.line}`
    return seen.has(key) ? false : seen.add(key)
  })
}
