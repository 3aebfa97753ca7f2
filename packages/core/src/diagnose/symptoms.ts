import type { Engine } from '../datapath/engine.ts'
import type { TraceRequest } from '../datapath/trace.ts'
import { namespaceIn } from '../model/model.ts'
import { capturedAttempts } from './captured-attempts.ts'
import type { Question } from './diagnosis.ts'
import type { Attempt, Attempted, Observation, Result } from './observations/observation.ts'
import { probeOf } from './probes/observed.ts'
import type { Symptom } from './scene.ts'

/** What fails and what works: the question first, then what was tried, each with what the model says. The same attempt told twice is one. */
export function traceSymptoms(
  engine: Engine,
  question: Question | undefined,
  observations: readonly Observation[],
): { readonly symptoms: readonly Symptom[]; readonly works: readonly Symptom[] } {
  const symptoms: Symptom[] = []
  const works: Symptom[] = []
  const seen = new Set<string>()
  const put = (symptom: Symptom, fails: boolean): void => {
    const { from, to, src } = symptom.request
    const key = `${from} ${to} ${src ?? ''} ${fails}`
    if (seen.has(key)) return
    seen.add(key)
    const list = fails ? symptoms : works
    list.push(symptom)
  }
  // With a symptom the question is the first observation; a real attempt answers it.
  if (question && question.symptom === undefined && !probeOf(observations, question.request))
    put(traced(engine, question.request, undefined, undefined), true)
  for (const observation of observations) {
    if (observation.kind !== 'works' && observation.kind !== 'fails') continue
    if (failsOtherwise(observation, observations)) continue
    const request = requestOf(observation.attempt)
    const fails = observation.kind === 'fails' || observation.attempt.result === 'exposed'
    put(
      request ? traced(engine, request, observation.attempt.result, observation.id) : untraceable(observation.attempt, observation.id),
      fails,
    )
  }
  const headers = { fails: headersOf(symptoms), works: headersOf(works) }
  for (const { observation, attempt } of capturedAttempts(observations, engine.model)) {
    const fails = attempt.result !== 'connects'
    // That one port should be shut is asked: that others are is as it should be, for all that anybody says.
    if (fails && question?.symptom === 'exposed') continue
    const symptom = traced(engine, requestOf(attempt), attempt.result, observation)
    const known = fails ? headers.fails : headers.works
    if (![...headersOf([symptom])].some((header) => known.has(header))) put(symptom, fails)
  }
  return { symptoms, works }
}

/** It was told to fail in one way, and a real attempt fails in another: that one is what is to be explained. */
function failsOtherwise(observation: Attempted, observations: readonly Observation[]): boolean {
  const { kind, attempt, probe } = observation
  const request = kind === 'fails' && !probe ? requestOf(attempt) : undefined
  const real = request && probeOf(observations, request)
  return real?.kind === 'fails' && real.attempt.result !== attempt.result
}

/** Addresses that connections are opened with: the same attempt, told by notes and shown by a capture, is one. */
const headersOf = (symptoms: readonly Symptom[]): ReadonlySet<string> =>
  new Set(
    symptoms.flatMap(({ outcomes }) =>
      outcomes.map(({ sent, packet }) => {
        const { src, dst, dport, protocol } = sent ?? packet
        return `${src}>${dst}:${dport}/${protocol}`
      }),
    ),
  )

/** undefined: the notes do not tell who tried. */
function requestOf(attempt: Attempt & { readonly from: string }): TraceRequest
function requestOf(attempt: Attempt): TraceRequest | undefined
function requestOf({ from, to, src, host, iif, length }: Attempt): TraceRequest | undefined {
  if (from === undefined) return undefined
  return {
    from,
    to,
    ...(src === undefined ? {} : { src }),
    ...(host === undefined ? {} : { host }),
    ...(iif === undefined ? {} : { iif }),
    ...(length === undefined ? {} : { length }),
  }
}

function untraceable({ to, result }: Attempt, observation: string): Symptom {
  return { observation, request: { from: 'outside', to }, result, outcomes: [], untraceable: 'the evidence does not tell who tried' }
}

/** Bytes of a packet that fills an Ethernet frame: what hangs in a path that carries less. */
const FULL_SEGMENT = 1500

function traced(engine: Engine, request: TraceRequest, result: Result | undefined, observation: string | undefined): Symptom {
  const asked = result === 'stalls' && request.length === undefined ? { ...request, length: fullSegment(engine, request) } : request
  const answer = engine.trace(asked)
  if ('outcomes' in answer) return { observation, request: asked, result, outcomes: answer.outcomes }
  return { observation, request: asked, result, outcomes: [], untraceable: `${answer.text}; ${answer.hint}` }
}

/** What either end puts into a packet: its own device's MTU, told to the other as MSS (RFC 9293, 3.7.1). Only a link between carries less unknown to them. */
function fullSegment(engine: Engine, request: TraceRequest): number {
  const small = engine.trace(request)
  const outcomes = 'outcomes' in small ? small.outcomes : []
  const mtus = outcomes.flatMap(({ at, verdict, steps }) => {
    const [first] = steps.filter(({ kind, route }) => kind === 'route' && route?.dev !== undefined)
    const own = request.from === 'outside' || !first ? undefined : namespaceIn(engine.model, first)?.links.get(first.route?.dev ?? '')
    const theirs = verdict === 'delivered' ? namespaceIn(engine.model, at)?.links.get(at.interface) : undefined
    return [own?.mtu, theirs?.mtu].filter((mtu) => mtu !== undefined)
  })
  return Math.min(FULL_SEGMENT, ...mtus)
}
