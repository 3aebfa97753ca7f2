import { type Executor, succeeded } from '../../exec/executor.ts'
import { type Answer, type Attempt, attemptAll } from '../../probe/attempt.ts'
import { seenText } from '../../probe/report.ts'
import type { FlowCriterion } from '../config/criteria.ts'
import { executorAt, type ProbePlace } from './place.ts'

/** A flow of a criterion as it can be tried: worked out by an examination, from the places that the configuration names. */
export type ResolvedFlow =
  | {
      readonly kind: 'known'
      readonly name: string
      readonly attempts: readonly { readonly place: ProbePlace; readonly attempt: Attempt }[]
    }
  | { readonly kind: 'unknown'; readonly name: string; readonly why: string }

/** What trying it came to. `result`: how it fails, in the words of a diagnosis. */
export interface Tried {
  readonly state: 'holds' | 'fails' | 'unknown'
  readonly seen: string
  readonly result?: Answer['outcome'] | 'exposed' | undefined
  /** The place is not what it was: an examination must find it anew. */
  readonly stale?: boolean
}

/** Tries a flow for real. All its attempts must come out as expected. */
export async function tryFlow(criterion: FlowCriterion, flow: ResolvedFlow, machine: Executor, signal?: AbortSignal): Promise<Tried> {
  if (flow.kind === 'unknown') return { state: 'unknown', seen: flow.why }
  const answers: Answer[] = []
  for (const { place, attempt } of flow.attempts) {
    const executor = executorAt(place, machine)
    if (!executor) return { state: 'unknown', seen: 'where it starts is gone', stale: true }
    answers.push(await attemptOnce(executor, attempt, criterion.expect === 'works', signal))
    if (signal?.aborted) return { state: 'unknown', seen: 'stopped' }
  }
  return judge(criterion, answers)
}

/** Connecting alone takes next to nothing; only what does not connect, or must say more, is worth the whole probe. */
async function attemptOnce(executor: Executor, attempt: Attempt, wanted: boolean, signal?: AbortSignal): Promise<Answer> {
  if (attempt.talk === undefined) {
    const quick = await quickly(executor, attempt, signal)
    if (quick === true && wanted) return { id: attempt.id, outcome: 'connects', milliseconds: 0 }
    if (quick === false && !wanted) return { id: attempt.id, outcome: 'timeout', milliseconds: 0 }
  }
  const [answer] = await attemptAll(executor, [attempt], signal)
  return answer ?? { id: attempt.id, outcome: 'error', detail: 'no answer', milliseconds: 0 }
}

/** undefined: this cannot tell. */
async function quickly(executor: Executor, { protocol, dst, port, seconds }: Attempt, signal?: AbortSignal): Promise<boolean | undefined> {
  if (protocol === 'udp') return undefined
  // -p: no file of the environment (BASH_ENV) is run first.
  const argv =
    protocol === 'tcp'
      ? ['bash', '-p', '-c', 'exec 3<>/dev/tcp/"$0"/"$1"', dst, String(port)]
      : ['ping', '-n', '-q', '-c', '1', '-W', String(Math.ceil(seconds)), dst]
  const ran = await executor.run({ argv, timeout: seconds * 1000, signal })
  if (succeeded(ran)) return true
  return ran.end === 'timed-out' || (ran.end === 'exited' && ran.code === 1) ? false : undefined
}

function judge({ expect }: FlowCriterion, answers: readonly Answer[]): Tried {
  const [unmade] = answers.filter(({ outcome }) => outcome === 'error')
  if (expect === 'blocked') {
    const through = answers.find(({ outcome }) => ['connects', 'reset', 'stalls', 'tls'].includes(outcome))
    if (through) return { state: 'fails', seen: seenText(through), result: 'exposed' }
    return unmade ? { state: 'unknown', seen: seenText(unmade) } : { state: 'holds', seen: 'blocked' }
  }
  const failed = answers.find(({ outcome }) => outcome !== 'connects' && outcome !== 'error')
  if (failed) return { state: 'fails', seen: seenText(failed), result: failed.outcome }
  return unmade ? { state: 'unknown', seen: seenText(unmade) } : { state: 'holds', seen: 'connects' }
}
