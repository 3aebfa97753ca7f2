import { formatAddress } from '../../../net/address.ts'
import type { Node } from '../../../parse/kubernetes/node.ts'
import type { Pod } from '../../../parse/kubernetes/pod.ts'
import type { Service } from '../../../parse/kubernetes/service.ts'
import type { Scene } from '../../scene.ts'
import { type Aim, aimsOf } from '../aim.ts'
import type { Cause, Suspect } from '../cause.ts'
import { clusterOf, isAlive, selectedPods, serviceName } from '../cluster.ts'
import { suspected, told } from '../state.ts'

/** A node without a pod of the Service is asked for one that takes only what comes to its own node. */
export const trafficPolicyOfObjects: Cause = {
  id: 'service.traffic-policy',
  suspects: (scene) =>
    clusterOf(scene)
      .services.filter(({ externalTrafficPolicy, partial }) => externalTrafficPolicy === 'Local' && !partial)
      .flatMap((service) => aimsOf(scene).flatMap((aim) => suspect(scene, service, aim) ?? [])),
}

function suspect(scene: Scene, service: Service, aim: Aim): Suspect | undefined {
  const { result, observation, outcomes } = aim.symptom
  if (result === 'connects' || outcomes.some(({ verdict }) => verdict === 'dropped' || verdict === 'rejected')) return undefined
  const port = service.ports.find(({ nodePort }) => nodePort !== undefined && aim.ports.has(nodePort))
  const node = clusterOf(scene).nodes.find(({ internalAddresses, externalAddresses }) =>
    [...internalAddresses, ...externalAddresses].some((address) => aim.addresses.has(address)),
  )
  if (!port || !node) return undefined
  const pods = podsOf(scene, service)
  if (pods.length === 0 || pods.some((pod) => pod.node === undefined || pod.node === node.name)) return undefined
  return suspected(
    'service.traffic-policy',
    { weight: 1, explains: observation === undefined ? [] : [observation], hit: true },
    {
      where: { host: '', object: serviceName(service), source: service.source },
      because: [
        told(`${serviceName(service)} has externalTrafficPolicy Local: a node serves it only with pods of its own`, service.source),
        told(
          `node ${node.name} (${addressOf(node)}) has none, they are on ${[...new Set(pods.map((pod) => pod.node))].slice(0, 3).join(', ')}`,
          pods[0]?.source,
        ),
      ],
      likelihood: 0.9,
    },
  )
}

const addressOf = ({ internalAddresses }: Node): string =>
  internalAddresses[0] === undefined ? 'no address' : formatAddress(internalAddresses[0])

/** Tables show no labels: pods are known by the name that their Deployment gave them, which mostly is the Service's. */
function podsOf(scene: Scene, service: Service): readonly Pod[] {
  const cluster = clusterOf(scene)
  const selected = selectedPods(cluster, service)
  if (selected.length > 0) return selected
  return cluster.pods.filter(
    (pod) =>
      pod.namespace === service.namespace &&
      isAlive(pod) &&
      Object.keys(pod.labels).length === 0 &&
      pod.name.startsWith(`${service.name}-`),
  )
}
