import { formatAddress } from '../../../net/address.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import { isLoopback } from '../../../net/special.ts'
import type { Blame } from '../../blame.ts'
import { ownerOf, type Scene } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'
import { accuse, quoted } from '../suspect.ts'
import { translationsOf } from './translation.ts'

/** kube-proxy leads to a port of the pod where nobody listens, while the pod listens on another: the Service's targetPort is wrong. */
export const UNHEARD_PORT: Cause = {
  id: 'service.target-port',
  suspects: (scene) => scene.blames.flatMap((blame) => unheard(scene, blame) ?? []),
}

function unheard(scene: Scene, blame: Blame): Suspect | undefined {
  const { outcome } = blame
  const step = translationsOf(outcome.steps).at(-1)
  const { host, netns } = outcome.at
  if (blame.kind !== 'not-listening' || !step || netns === '' || ownerOf(scene, step) !== 'kube-proxy') return undefined
  const protocol = outcome.packet.protocol === PROTOCOL.udp ? 'udp' : 'tcp'
  const { dport, dst } = outcome.packet
  const sockets = scene.model.byId
    .get(`${host}/${netns}`)
    ?.sockets?.filter((socket) => socket.protocol === protocol && (socket.state === 'LISTEN' || socket.state === 'UNCONN'))
  const [open] = sockets?.filter(({ address }) => address === undefined || !isLoopback(address)) ?? []
  // One that has the port, on loopback only, is another cause.
  if (!sockets || !open || sockets.some(({ port }) => port === dport)) return undefined
  return accuse('service.target-port', blame, {
    where: { host, object: `endpoint ${formatAddress(dst)}:${dport} of the Service`, source: step.evidence },
    because: [
      quoted('the Service leads to', step),
      {
        text: `${host}/${netns} listens on ${[...new Set(sockets.map(({ port }) => port))].slice(0, 5).join(', ')} and not on ${dport}`,
        source: open.source,
      },
    ],
    likelihood: 0.88,
    without: [{ kind: 'socket-added', at: { host, netns }, protocol, port: dport }],
  })
}
