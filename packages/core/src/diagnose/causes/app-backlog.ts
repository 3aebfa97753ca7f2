import type { Scene } from '../scene.ts'
import { type Aim, endKey } from './aim.ts'
import type { Cause, Suspect } from './cause.ts'
import { passesHost, relevance } from './relevance.ts'
import { suspected, told } from './state.ts'

/** The accept queue of a listener overflows: of a listening socket ss shows its length (Recv-Q) and its limit (Send-Q). */
export const appBacklog: Cause = {
  id: 'app.backlog',
  suspects: (scene) => [...queues(scene), ...overflows(scene)],
}

function queues(scene: Scene): readonly Suspect[] {
  return scene.model.namespaces.flatMap(({ host, name, sockets = [], addresses }) =>
    sockets.flatMap(({ protocol, state, port, process, receiveQueue, sendQueue, source }) => {
      // sk_acceptq_is_full(): more wait than the backlog.
      if (protocol !== 'tcp' || state !== 'LISTEN' || sendQueue === 0 || receiveQueue < sendQueue) return []
      const needs = (aim: Aim): boolean => addresses.some(({ address }) => aim.ends.has(endKey(address, port)))
      return [
        suspected(
          'app.backlog',
          relevance(scene, (aim) => needs(aim) && aim.symptom.result !== 'refused'),
          {
            where: { host, netns: name, object: `listener on port ${port}/tcp${process === undefined ? '' : ` (${process})`}`, source },
            because: [told(`${receiveQueue} connections wait to be accepted on port ${port}, and the queue takes ${sendQueue}`, source)],
            likelihood: receiveQueue > sendQueue ? 0.9 : 0.6,
          },
        ),
      ]
    }),
  )
}

/** Counted since the machine started: they tell that it happened, not that it does. */
function overflows(scene: Scene): readonly Suspect[] {
  return scene.documents.flatMap(({ content, place }) => {
    const counter = content.kind === 'counters' ? content.values.get('TcpExtListenOverflows') : undefined
    if (!counter || counter.value === 0) return []
    const host = place.host ?? ''
    const slow = relevance(
      scene,
      (aim) => (host === '' || passesHost(aim, host)) && (aim.symptom.result === 'timeout' || aim.symptom.result === 'fails'),
    )
    return [
      suspected('app.backlog', slow, {
        where: { host, netns: place.netns, object: 'accept queues', source: counter.source },
        because: [told(`${counter.value} connections were dropped since a queue was full (ListenOverflows)`, counter.source)],
        likelihood: counter.value >= 100 ? 0.5 : 0.3,
      }),
    ]
  })
}
