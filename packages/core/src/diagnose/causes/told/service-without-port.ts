import type { Service } from '../../../parse/kubernetes/service.ts'
import { type Aim, aimsOf } from '../aim.ts'
import type { Cause, Suspect } from '../cause.ts'
import { clusterOf, serviceName } from '../cluster.ts'
import { isNamed } from '../relevance.ts'

/** The client asks the Service for a port that it does not have: often the pod's own. */
export const serviceWithoutPort: Cause = {
  id: 'service.port',
  suspects: (scene) => clusterOf(scene).services.flatMap((service) => aimsOf(scene).flatMap((aim) => suspect(service, aim) ?? [])),
}

const FITS: ReadonlySet<string | undefined> = new Set(['timeout', 'refused', 'unreachable', 'fails', undefined])

function suspect(service: Service, aim: Aim): Suspect | undefined {
  const { symptom, ports, place, addresses } = aim
  const asked =
    place === `svc/${service.namespace}/${service.name}` ||
    isNamed(aim, service.name, service.namespace) ||
    service.clusterAddresses.some((address) => addresses.has(address))
  const [port, ...others] = [...ports]
  if (!asked || port === undefined || others.length > 0 || service.ports.length === 0 || service.headless || !FITS.has(symptom.result))
    return undefined
  if (service.ports.some((one) => one.port === port || one.nodePort === port)) return undefined
  const target = service.ports.find(({ targetPort }) => targetPort === port)
  return {
    cause: 'service.port',
    where: { host: '', object: serviceName(service), source: service.source },
    because: [
      {
        text: `${serviceName(service)} has port ${service.ports.map((one) => one.port).join(', ')} and not ${port}`,
        source: service.source,
      },
      ...(target ? [{ text: `${port} is the pods' own port, which the Service offers as ${target.port}`, source: service.source }] : []),
    ],
    against: [],
    likelihood: 0.93,
    explains: symptom.observation === undefined ? [] : [symptom.observation],
  }
}
