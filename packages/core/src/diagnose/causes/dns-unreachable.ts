import type { Scene } from '../scene.ts'
import { aimsOf } from './aim.ts'
import type { Because, Cause } from './cause.ts'
import { clusterOf, selectedPods, serviceName } from './cluster.ts'
import { asksDns, dnsServices } from './dns-service.ts'
import { suspected, told } from './state.ts'

/** Queries to the cluster's DNS get no answer. What keeps them from it, where the evidence shows it, hides this. */
export const dnsUnreachable: Cause = {
  id: 'dns.unreachable',
  suspects: (scene) => {
    const failing = aimsOf(scene).filter((aim) => asksDns(aim) || aim.symptom.result === 'no-name')
    if (failing.length === 0) return []
    const services = dnsServices(scene)
    const sick = unready(scene)
    const asked = failing.some(asksDns)
    const addressesWork = scene.works.length > 0 && !scene.works.some(({ request }) => /:53(?:\/|$)/.test(request.to))
    const because: Because[] = [
      ...failing.slice(0, 3).map(({ symptom, name }) => ({
        text:
          symptom.result === 'no-name'
            ? `the name ${name ?? symptom.request.to} does not resolve`
            : `${symptom.request.to} does not answer queries`,
        observation: symptom.observation,
      })),
      ...sick,
      ...(addressesWork ? [{ text: 'connections by address work', observation: scene.works[0]?.observation }] : []),
    ]
    const explains = failing.flatMap(({ symptom }) => symptom.observation ?? [])
    const where = { host: '', object: services[0] ? serviceName(services[0]) : 'DNS', source: services[0]?.source }
    const likelihood = sick.length > 0 ? 0.8 : asked ? 0.6 : addressesWork ? 0.55 : 0.45
    return [suspected('dns.unreachable', { weight: 1, explains, hit: true }, { where, because, likelihood })]
  },
}

function unready(scene: Scene): readonly Because[] {
  const cluster = clusterOf(scene)
  return dnsServices(scene).flatMap((service): readonly Because[] => {
    const pods = selectedPods(cluster, service)
    if (pods.length === 0 || pods.some(({ ready }) => ready !== false)) return []
    return pods
      .slice(0, 3)
      .map(({ namespace, name, source }) => told(`Pod ${namespace}/${name} behind ${serviceName(service)} is not ready`, source))
  })
}
