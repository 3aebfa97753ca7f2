import { namespaceIn } from '../../../model/model.ts'
import { formatAddress } from '../../../net/address.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import { isLoopback } from '../../../net/special.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'
import { accuse, faultOfStep, quoted } from '../suspect.ts'
import { translationsOf } from './translation.ts'

/** A published port is translated for every address of the machine but the loopback's: that one is a proxy's to serve, and none listens. */
export const LOCALHOST: Cause = {
  id: 'nat.loopback',
  suspects: (scene) => scene.blames.flatMap((blame) => ofBlame(scene, blame)),
}

function ofBlame(scene: Scene, blame: Blame): readonly Suspect[] {
  const { sent, packet, at, steps } = blame.outcome
  if (blame.kind !== 'not-listening' || !sent || !isLoopback(packet.dst) || translationsOf(steps).length > 0) return []
  const namespace = namespaceIn(scene.model, at)
  const own = namespace?.addresses.find(
    ({ family, address, scope }) => family === packet.family && scope === 'global' && !isLoopback(address),
  )
  const protocol = packet.protocol === PROTOCOL.tcp ? 'tcp' : packet.protocol === PROTOCOL.udp ? 'udp' : undefined
  if (!own || protocol === undefined) return []
  const { src: _, ...request } = blame.symptom.request
  const to = packet.family === 'ip6' ? `[${formatAddress(own.address)}]` : formatAddress(own.address)
  const other = scene.engine.trace({ ...request, to: `${to}:${packet.dport}/${protocol}` })
  const step = 'outcomes' in other ? translationsOf(other.outcomes.flatMap((outcome) => outcome.steps))[0] : undefined
  if (!step) return []
  return [
    accuse('nat.loopback', blame, {
      where: faultOfStep(step),
      because: [
        quoted(`towards ${formatAddress(own.address)} the port is translated, and towards the loopback address it is not`, step),
        {
          text: `nobody listens on port ${packet.dport} of ${formatAddress(packet.dst)} in place of that`,
          source: namespace?.sockets?.[0]?.source,
        },
      ],
      likelihood: 0.95,
      without: [{ kind: 'socket-added', at: { host: at.host, netns: at.netns }, protocol, port: packet.dport }],
    }),
  ]
}
