import type { Engine } from '@culprit/core/datapath/engine'
import { requestFor } from '@culprit/core/datapath/matrix/asked'
import type { Matrix } from '@culprit/core/datapath/matrix/matrix'
import type { Sender, Target } from '@culprit/core/datapath/matrix/place'
import { formatAddress } from '@culprit/core/net/address'
import { each } from '../collect/pool.ts'
import type { Executor } from '../exec/executor.ts'
import { type Attempt, attemptAll, talkFor } from './attempt.ts'
import { type Compared, compare } from './compare.ts'

/** Where the packets of a place can really be sent from: its host's name, and its namespace ('' for the host's own). */
export type Reach = (host: string, netns: string) => Executor | undefined

export interface ProbeOptions {
  readonly limit: number
  readonly seconds: number
  /** Somebody named the targets: addresses beyond the evidence among them may be asked. */
  readonly named: boolean
  readonly signal?: AbortSignal | undefined
  readonly progress: (done: number, total: number, what: string) => void
}

export interface Probed {
  readonly compared: readonly Compared[]
  /** Pairs that were not tried, and why. */
  readonly skipped: ReadonlyMap<string, number>
}

/** Tries the pairs of a matrix for real, from every place that can be entered, and holds what is seen against the model. */
export async function probeMatrix(engine: Engine, matrix: Matrix, reach: Reach, options: ProbeOptions): Promise<Probed> {
  const skipped = new Map<string, number>()
  const bySender = new Map<Sender, Target[]>()
  let taken = 0
  for (const [sender, target] of pairsOf(matrix)) {
    const why =
      taken >= options.limit ? `beyond the first ${options.limit} attempts` : notTried(engine, sender, target, reach, options.named)
    if (why !== undefined) {
      skipped.set(why, (skipped.get(why) ?? 0) + 1)
      continue
    }
    taken++
    bySender.set(sender, [...(bySender.get(sender) ?? []), target])
  }
  const compared: Compared[] = []
  await each([...bySender], 4, async ([sender, targets]) => {
    const executor = reachOf(engine, sender, reach)
    if (!executor || options.signal?.aborted) return
    const answers = await attemptAll(
      executor,
      targets.map((target, id) => attemptFor(target, id, options.seconds)),
      options.signal,
    )
    for (const answer of answers) {
      const target = targets[answer.id]
      if (!target) continue
      const pair = { from: sender.place, to: target.place, host: sender.host }
      compared.push(compare(engine, pair, requestFor(sender, target), answer))
    }
    options.progress(compared.length, taken, 'attempts')
  })
  return { compared, skipped }
}

function* pairsOf(matrix: Matrix): Generator<readonly [Sender, Target]> {
  for (const [row, { members: senders }] of matrix.senders.entries())
    for (const [column, { members: targets }] of matrix.targets.entries()) {
      if (matrix.at(row, column) < 0) continue
      for (const sender of senders)
        for (const target of targets) if (sender.place !== target.bare || target.kind === 'published') yield [sender, target]
    }
}

function notTried(engine: Engine, sender: Sender, target: Target, reach: Reach, named: boolean): string | undefined {
  if (sender.kind === 'outside') return 'nobody outside can be asked to send'
  if (target.kind === 'outside') return 'no address outside is named'
  if (target.kind === 'address' && !named) return 'the address is not in the evidence'
  if (target.protocol === 'sctp') return 'SCTP is not tried'
  return reachOf(engine, sender, reach) ? undefined : 'the sender is not on a host that can be entered from here'
}

function reachOf(engine: Engine, { namespace }: Sender, reach: Reach): Executor | undefined {
  const known = namespace === undefined ? undefined : engine.model.byId.get(namespace)
  return known && reach(known.host, known.name)
}

/** What is tried for a target: the well-known ports are spoken to as their protocols want it. */
export function attemptFor({ protocol, address, port }: Target, id: number, seconds: number): Attempt {
  const asked = protocol === 'sctp' ? 'tcp' : protocol
  return { id, protocol: asked, dst: formatAddress(address), port, seconds, talk: talkFor(asked, port) }
}
