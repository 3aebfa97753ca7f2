import { parsePlace } from '../../../model/place.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Service, ServicePort } from '../../../parse/kubernetes/service.ts'
import type { Scene } from '../../scene.ts'
import { type Aim, aimsOf } from '../aim.ts'
import type { Cause, Suspect } from '../cause.ts'
import { clusterOf, endpointsOf, serviceName } from '../cluster.ts'
import { towardsService } from '../relevance.ts'
import { suspected, told } from '../state.ts'

/** The pod answers when it is asked itself, on another port than the one that the Service leads to. */
export const targetPortTried: Cause = {
  id: 'service.target-port',
  suspects: (scene) =>
    clusterOf(scene).services.flatMap((service) =>
      service.ports.flatMap((port) => aimsOf(scene).flatMap((aim) => suspect(scene, service, port, aim) ?? [])),
    ),
}

function suspect(scene: Scene, service: Service, port: ServicePort, aim: Aim): Suspect | undefined {
  const { result, observation } = aim.symptom
  if ((result !== 'refused' && result !== 'timeout' && result !== 'reset' && result !== 'fails') || !towardsService(aim, service))
    return undefined
  if (aim.ports.size > 0 && !aim.ports.has(port.port) && !(port.nodePort !== undefined && aim.ports.has(port.nodePort))) return undefined
  const backends = endpointsOf(clusterOf(scene), service, port)?.backends ?? []
  for (const works of scene.works) {
    const to = parsePlace(works.request.to)
    if (to?.place.kind !== 'address' || typeof to.port !== 'number') continue
    const { address } = to.place
    const backend = backends.find((one) => one.address === address)
    if (!backend || backend.port === to.port || backends.some((one) => one.address === address && one.port === to.port)) continue
    return suspected(
      'service.target-port',
      { weight: 1, explains: observation === undefined ? [] : [observation], hit: true },
      {
        where: { host: '', object: `port ${port.name ?? port.port} of ${serviceName(service)}`, source: service.source },
        because: [
          told(`${serviceName(service)} leads to port ${backend.port} of ${formatAddress(address)}`, backend.source ?? service.source),
          { text: `asked itself, ${formatAddress(address)} answers on port ${to.port}`, observation: works.observation },
        ],
        likelihood: result === 'refused' || result === 'reset' ? 0.9 : 0.6,
      },
    )
  }
  return undefined
}
