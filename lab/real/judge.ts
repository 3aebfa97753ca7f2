import { createEngine, type Engine } from '@culprit/core/datapath/engine'
import type { Connection, Outcome } from '@culprit/core/datapath/trace'
import { readDocuments } from '@culprit/core/intake/documents'
import type { Bundle } from './collect.ts'
import { connectAll, connectAlone, type Seen, type Spec } from './connections.ts'
import type { Network } from './network.ts'

/** One connection, as the kernel and as culprit has it. */
export interface Judged {
  readonly spec: Spec
  readonly kernel: string
  readonly culprit: string
  readonly agrees: boolean
}

/**
 * Holds what culprit says from the bundle against what really comes of each connection, and who answers. `servers` are the places whose page
 * tells their own name; where a packet ends elsewhere (a userland proxy), who answers is beyond a packet's way. Where the two differ, the
 * connection is made again with nothing beside it, and that counts; a difference is one when it comes back.
 */
export async function hold(
  network: Network,
  bundle: Bundle,
  specs: readonly Spec[],
  servers: ReadonlySet<string>,
): Promise<readonly Judged[]> {
  const engine = createEngine(readDocuments([...bundle].map(([path, text]) => ({ path, text }))))
  const judged = (await connectAll(network, specs)).map((seen, i) => judge(engine, specs[i] as Spec, seen, servers))
  for (let again = 0; again < 2; again++)
    for (const [i, { spec, agrees }] of judged.entries())
      if (!agrees) judged[i] = judge(engine, spec, await connectAlone(network, spec), servers)
  return judged
}

function judge(engine: Engine, spec: Spec, { connections, answered }: Seen, servers: ReadonlySet<string>): Judged {
  const result = engine.trace({ ...spec.from, to: `${spec.to}/tcp` })
  const kernel = told(connections, answered)
  if ('kind' in result) return { spec, kernel, culprit: `bad request: ${result.text}`, agrees: false }
  const predicted = new Set(result.outcomes.map((outcome) => outcome.connection))
  const who = new Set(result.outcomes.filter((outcome) => outcome.connection === 'connects').map(placeOf))
  const relayed = [...who].some((place) => !servers.has(place))
  const agrees = same<Connection>(connections, predicted) && (relayed || same(answered, who))
  return { spec, kernel, culprit: told(predicted, who), agrees }
}

const placeOf = ({ verdict, at }: Outcome): string => (verdict === 'forwarded' ? 'outside' : at.netns || at.host)

const same = <Item>(a: ReadonlySet<Item>, b: ReadonlySet<Item>): boolean => a.size === b.size && [...a].every((item) => b.has(item))

function told(connections: ReadonlySet<Connection>, who: ReadonlySet<string>): string {
  const text = [...connections].sort().join(', ')
  return who.size ? `${text} (${[...who].sort().join(', ')})` : text
}
