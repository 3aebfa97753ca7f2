import { createEngine, type Engine } from '../../../datapath/engine.ts'
import { bundle } from '../../../datapath/testing/machines.ts'
import type { Document } from '../../../intake/document.ts'
import { readDocuments } from '../../../intake/documents.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { isLoopback } from '../../../net/special.ts'
import type { Observation, Result } from '../../observations/observation.ts'
import type { Story } from '../../testing/story.ts'

/** What somebody would note who tried every connection of a story's machines, and took no rules and no routes: their addresses alone. */
export interface Noted {
  readonly observations: readonly Observation[]
  readonly documents: readonly Document[]
}

const FAILS: ReadonlySet<Result | undefined> = new Set<Result>(['refused', 'timeout', 'unreachable'])

/** undefined: nobody would note anything of it, or not in this manner. The model tells what comes of each connection. */
export function notedOf({ machines, tried, symptom }: Story): Noted | undefined {
  const [from = '', asked = ''] = tried?.split(' -> ') ?? []
  if (!machines || !FAILS.has(symptom) || symptom === undefined || from.startsWith('outside')) return undefined
  const files = bundle(machines)
  const engine = createEngine(readDocuments(files))
  const { namespaces } = engine.model
  const targets = [...new Set([asked.replace(/\/tcp$/, ''), ...namespaces.flatMap(listening)])]
  const others = namespaces.flatMap((namespace) => targets.flatMap((to) => noted(engine, placeOf(namespace), to)))
  const observations = [
    { from, to: asked, result: symptom },
    ...others.filter((one) => one.from !== from || !asked.startsWith(one.to)),
  ].map(
    (attempt, i): Observation => ({
      id: `o${i + 1}`,
      kind: attempt.result === 'connects' ? 'works' : 'fails',
      text: `${attempt.from} to ${attempt.to} ${attempt.result}`,
      source: undefined,
      attempt,
    }),
  )
  return { observations, documents: readDocuments(files.filter(({ path }) => path.endsWith('ip-addr.txt'))) }
}

interface Tried {
  readonly from: string
  readonly to: string
  readonly result: Result
}

function noted(engine: Engine, from: string, to: string): readonly Tried[] {
  const traced = engine.trace({ from, to: `${to}/tcp` })
  const results = new Set(
    'outcomes' in traced
      ? // What left the captured hosts is only taken to be answered.
        traced.outcomes.map(({ connection, verdict }) => (verdict === 'forwarded' ? 'unknown' : connection))
      : [],
  )
  const [result] = results
  return results.size === 1 && result !== undefined && result !== 'unknown' ? [{ from, to: `${to}/tcp`, result }] : []
}

const placeOf = ({ host, name }: Namespace): string => (name === '' ? `host/${host}` : `netns/${host}/${name}`)

const listening = ({ sockets = [], addresses }: Namespace): readonly string[] =>
  sockets
    .filter(({ protocol, state, address }) => protocol === 'tcp' && state === 'LISTEN' && (address === undefined || !isLoopback(address)))
    .flatMap(({ port }) =>
      addresses
        .filter(({ address }) => typeof address === 'number' && !isLoopback(address))
        .map(({ address }) => `${formatAddress(address)}:${port}`),
    )
