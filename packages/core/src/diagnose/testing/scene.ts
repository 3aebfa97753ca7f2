import { createEngine } from '../../datapath/engine.ts'
import { bundle, type Machine } from '../../datapath/testing/machines.ts'
import { readDocuments } from '../../intake/documents.ts'
import type { TextFile } from '../../intake/format.ts'
import { parsePlace } from '../../model/place.ts'
import { assembleScene } from '../assemble.ts'
import type { Cause, Suspect } from '../causes/cause.ts'
import type { Observation, Observed, Result } from '../observations/observation.ts'
import type { Scene, Symptom } from '../scene.ts'

/** Evidence in few words. `files`: path and text, a JSON value, or lines. */
export interface Story {
  readonly machines?: Readonly<Record<string, Machine>>
  readonly files?: Readonly<Record<string, string | object>>
  /** `pod/a/b -> svc/default/web:80/tcp refused`: the question first. */
  readonly tried?: readonly string[]
  readonly seen?: readonly Observed[]
}

/** A scene of a story: what was tried is traced, and told apart by its result. */
export function sceneOf({ machines = {}, files = {}, tried = [], seen = [] }: Story): Scene {
  const texts: TextFile[] = Object.entries(files).map(([path, text]) => ({
    path,
    text: typeof text === 'string' ? unindented(text) : JSON.stringify(text, null, 1),
  }))
  const documents = readDocuments([...bundle(machines), ...texts])
  const engine = createEngine(documents)
  const observed: Observed[] = [...tried.map(attempted), ...seen]
  const observations: Observation[] = observed.map((one, i) => ({ ...one, id: `o${i + 1}` }))
  const symptoms: Symptom[] = observations.flatMap((observation) => {
    if (observation.kind !== 'fails' && observation.kind !== 'works') return []
    const { from = 'outside', to, result } = observation.attempt
    const request = { from, to }
    const traced = parsePlace(to) ? engine.trace(request) : undefined
    const outcomes = traced && 'outcomes' in traced ? traced.outcomes : []
    return [{ observation: observation.id, request, result, outcomes }]
  })
  return assembleScene({
    documents,
    engine,
    observations,
    symptoms: symptoms.filter(({ result }) => result !== 'connects'),
    works: symptoms.filter(({ result }) => result === 'connects'),
    ownership: () => undefined,
  })
}

const unindented = (text: string): string =>
  text.startsWith('\n')
    ? `${text
        .slice(1)
        .replaceAll(new RegExp(`^${/^\n([ \t]*)/.exec(text)?.[1] ?? ''}`, 'gm'), '')
        .trimEnd()}\n`
    : text

function attempted(line: string): Observed {
  const [, from, to, result] = /^(\S+) -> (\S+) (\S+)$/.exec(line) ?? []
  if (from === undefined || to === undefined) throw new Error(`not FROM -> TO RESULT: ${line}`)
  const kind = result === 'connects' ? 'works' : 'fails'
  return { kind, text: line, source: undefined, attempt: { from, to, result: result as Result } }
}

/** What a cause suspects, each as `LIKELIHOOD OBJECT`, the likeliest first. */
export function suspicions(cause: Cause, story: Story): readonly string[] {
  return [...cause.suspects(sceneOf(story))].sort((a, b) => b.likelihood - a.likelihood).map(shown)
}

const shown = ({ likelihood, where }: Suspect): string => `${likelihood} ${where.object}`

/** A Kubernetes object with its name and place. */
export const kube = (kind: string, name: string, rest: object = {}, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'default', ...metadata },
  ...rest,
})
