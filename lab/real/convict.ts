import { createEngine } from '@culprit/core/datapath/engine'
import type { Connection, TraceRequest } from '@culprit/core/datapath/trace'
import type { CauseId } from '@culprit/core/diagnose/causes/ids'
import { diagnose } from '@culprit/core/diagnose/diagnose'
import { WORTH_A_LOOK } from '@culprit/core/diagnose/diagnosis'
import type { Result } from '@culprit/core/diagnose/observations/observation'
import { readDocuments } from '@culprit/core/intake/documents'
import type { Bundle } from './collect.ts'
import { connectAll, connectAlone, type Seen, type Spec } from './connections.ts'
import { knowledge } from './knowledge.ts'
import type { Network } from './network.ts'

/** One connection as the kernel had it: what an incident's `probes` are. */
export interface Probe {
  readonly name: string
  readonly request: TraceRequest
  readonly kernel: readonly Connection[]
  /** What is complained of; undefined: it works, and nobody complains. */
  readonly symptom: Result | undefined
  /** Why the evidence cannot tell which of the causes it is. */
  readonly untold?: string | undefined
}

/** A broken network, what was collected of it, and what really came of each connection. */
export interface Scenario {
  readonly name: string
  readonly causes: readonly CauseId[]
  /** Connections with two faults, one behind the other. */
  readonly both?: Readonly<Record<string, readonly CauseId[]>> | undefined
  readonly bundle: Bundle
  readonly probes: readonly Probe[]
}

/** What a diagnosis said of one connection. */
export interface Verdict {
  readonly probe: Probe
  readonly causes: readonly { readonly id: CauseId; readonly status: string; readonly confidence: number }[]
  /** The right cause's place in the list, from 0; -1: it is not there. Of a connection that works: 0 when nobody is accused. */
  readonly place: number
  /** Of two faults, both are told. */
  readonly both?: boolean | undefined
}

export interface Asked extends Spec {
  /** Who has to answer; another is a wrong server. */
  readonly expects?: string
  /** What is complained of where the connection does not fail: `exposed`. */
  readonly symptom?: Result
}

/** What everybody notices who fails: neighbours that do not answer, connections that are tracked. To be called before the evidence is taken. */
export const tryAll = async (network: Network, asked: readonly Asked[]): Promise<readonly Seen[]> => connectAll(network, asked)

/**
 * Holds connections that were made against the model. One that comes out otherwise than the model says is made again with nothing beside it, twice, and that counts: on a busy
 * machine a packet may be late.
 */
export async function probesOf(
  network: Network,
  bundle: Bundle,
  asked: readonly Asked[],
  first: readonly Seen[],
): Promise<readonly Probe[]> {
  const engine = createEngine(documentsOf(bundle))
  const seen = [...first]
  for (let again = 0; again < 2; again++)
    for (const [i, spec] of asked.entries()) {
      const result = engine.trace({ ...spec.from, to: `${spec.to}/tcp` })
      const said = new Set('outcomes' in result ? result.outcomes.map(({ connection }) => connection) : [])
      const { connections } = seen[i] as Seen
      if (said.size !== connections.size || [...said].some((one) => !connections.has(one))) seen[i] = await connectAlone(network, spec)
    }
  return asked.map((spec, i) => probeOf(spec, seen[i] as Seen))
}

function probeOf({ name, from, to, expects, symptom }: Asked, { connections, answered }: Seen): Probe {
  const failures = [...connections].filter((connection) => connection !== 'connects' && connection !== 'unknown')
  const stray = expects !== undefined && failures.length === 0 && [...answered].some((who) => who !== expects)
  const complaint = failures[0] ?? (stray ? 'wrong-server' : symptom)
  return { name, request: { ...from, to: `${to}/tcp` }, kernel: [...connections], symptom: complaint }
}

const documentsOf = (bundle: Bundle) => readDocuments([...bundle].map(([path, text]) => ({ path, text })))

/** Asks for the cause of each connection that failed, and whether anybody is accused for one that works. */
export function convict({ bundle, causes, both, probes }: Scenario): readonly Verdict[] {
  return probes.map((probe) => {
    const asked = { question: { request: probe.request, symptom: probe.symptom } }
    const told = diagnose(documentsOf(bundle), knowledge(), asked).causes.map(({ id, status, confidence }) => ({ id, status, confidence }))
    if (probe.symptom === undefined) return { probe, causes: told, place: accused(told) ? -1 : 0 }
    return {
      probe,
      causes: told,
      place: told.findIndex(({ id }) => causes.includes(id)),
      ...(both?.[probe.name] ? { both: both[probe.name]?.every((id) => told.some((cause) => cause.id === id)) } : {}),
    }
  })
}

/** Whom a diagnosis accuses that is asked nothing. */
export function unasked({ bundle }: Scenario): Verdict['causes'] {
  const told = diagnose(documentsOf(bundle), knowledge()).causes
  return told.filter(({ confidence }) => confidence > WORTH_A_LOOK).map(({ id, status, confidence }) => ({ id, status, confidence }))
}

const accused = (told: Verdict['causes']): boolean => told.some(({ confidence }) => confidence > WORTH_A_LOOK)
