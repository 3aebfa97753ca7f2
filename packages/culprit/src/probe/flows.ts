import type { Engine } from '@culprit/core/datapath/engine'
import type { Wanted } from '@culprit/core/diagnose/probes/wanted'
import { formatAddress } from '@culprit/core/net/address'
import { PROTOCOL } from '@culprit/core/net/packet'
import { each } from '../collect/pool.ts'
import type { Executor } from '../exec/executor.ts'
import { type Attempt, attemptAll, talkFor } from './attempt.ts'
import { type Compared, compare } from './compare.ts'
import type { Reach } from './probe.ts'

/** An attempt that can be made: by whom, and what is sent. */
export interface Planned {
  readonly wanted: Wanted
  readonly executor: Executor
  readonly host: string
  readonly attempt: Attempt
}

export interface ProbePlan {
  readonly planned: readonly Planned[]
  /** How many cannot be made, and why. */
  readonly skipped: ReadonlyMap<string, number>
}

/** Which of the wanted attempts can be made from the places that are reached, at most `limit`. Nothing is sent yet. */
export function planProbes(
  engine: Engine,
  wanted: readonly Wanted[],
  reach: Reach,
  options: { readonly limit: number; readonly seconds: number },
): ProbePlan {
  const skipped = new Map<string, number>()
  const skip = (why: string): undefined => void skipped.set(why, (skipped.get(why) ?? 0) + 1)
  const planned: Planned[] = []
  for (const one of wanted) {
    const found = plan(engine, one, reach, planned.length, options.seconds)
    if (typeof found === 'string') skip(found)
    else if (planned.length >= options.limit) skip(`beyond the first ${options.limit} attempts`)
    else planned.push(found)
  }
  return { planned, skipped }
}

const PROTOCOLS: Readonly<Record<number, Attempt['protocol']>> = {
  [PROTOCOL.tcp]: 'tcp',
  [PROTOCOL.udp]: 'udp',
  [PROTOCOL.icmp]: 'icmp',
  [PROTOCOL.icmpv6]: 'icmp',
}

function plan(engine: Engine, wanted: Wanted, reach: Reach, id: number, seconds: number): Planned | string {
  const { request } = wanted
  if (request.from === 'outside') return 'nobody outside can be asked to send'
  const begun = engine.beginning(request)
  if (begun.kind === 'bad-request') return begun.text
  const { sender, packet } = begun
  const executor = sender && reach(sender.host, sender.name)
  if (!executor) return 'the sender is not on a host that can be entered from here'
  const protocol = PROTOCOLS[packet.protocol]
  if (protocol === undefined) return `protocol ${packet.protocol} is not tried`
  const port = protocol === 'icmp' ? undefined : packet.dport
  const attempt = { id, protocol, dst: formatAddress(packet.dst), port, src: request.src, seconds, talk: talkFor(protocol, port) }
  return { wanted, executor, host: sender.host, attempt }
}

/** One answer to a planned attempt, beside what the model says. */
export interface Answered {
  readonly planned: Planned
  readonly compared: Compared
}

/** Makes the attempts, those of one place together. They come back in the order of the plan. */
export async function makeProbes(engine: Engine, { planned }: ProbePlan, signal?: AbortSignal): Promise<readonly Answered[]> {
  const answered: Answered[] = []
  await each([...new Set(planned.map(({ executor }) => executor))], 4, async (executor) => {
    if (signal?.aborted) return
    const own = planned.filter((one) => one.executor === executor)
    const answers = await attemptAll(
      executor,
      own.map(({ attempt }) => attempt),
      signal,
    )
    for (const answer of answers) {
      const one = own.find(({ attempt }) => attempt.id === answer.id)
      if (!one) continue
      const { request } = one.wanted
      const pair = { from: request.from, to: request.to, host: one.host }
      answered.push({ planned: one, compared: compare(engine, pair, request, answer) })
    }
  })
  return answered.sort((a, b) => a.planned.attempt.id - b.planned.attempt.id)
}
