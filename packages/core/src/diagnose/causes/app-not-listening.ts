import type { Cause, Suspect } from './cause.ts'
import { arrives, byPort, fit, portText, type Refused, refusedOf } from './refused.ts'

/** Nothing listens on the port where the packet arrives. */
export const appNotListening: Cause = {
  id: 'app.not-listening',
  suspects: (scene) => byPort(refusedOf(scene).filter(({ listener }) => listener.elsewhere.length === 0)).map(suspect),
}

function suspect(group: readonly [Refused, ...Refused[]]): Suspect {
  const [first] = group
  const { namespace, outcome, protocol } = first
  const { factor, against } = fit(first)
  const open = namespace.sockets?.filter(({ protocol: own, state }) => own === protocol && (state === 'LISTEN' || state === 'UNCONN')) ?? []
  const ports = [...new Set(open.map(({ port }) => port))].slice(0, 10)
  return {
    cause: 'app.not-listening',
    where: { host: namespace.host, netns: namespace.name, object: portText(first) },
    because: [
      { text: arrives(first), observation: first.symptom.observation },
      {
        text: ports.length > 0 ? `nothing listens there; open ${protocol} ports are ${ports.join(', ')}` : `nothing listens there on ${protocol} at all`,
        source: { file: open[0]?.source.file ?? `${namespace.folder}/ss.txt`, line: open[0]?.source.line ?? 1 },
      },
    ],
    against,
    likelihood: Math.round(85 * factor) / 100,
    without: [{ kind: 'socket-added', at: { host: namespace.host, netns: namespace.name }, protocol, port: outcome.packet.dport }],
    explains: group.flatMap(({ symptom }) => symptom.observation ?? []),
  }
}
