import type { Cluster } from '../../model/kubernetes/cluster.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'
import type { Service } from '../../parse/kubernetes/service.ts'
import type { Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { clusterOf, isAlive, labelText, podsIn, selectedPods, serviceName } from './cluster.ts'
import { relevance, selects, towardsService } from './relevance.ts'
import { suspected, told } from './state.ts'

/** The Service's selector does not match the pods that it is meant for. */
export const serviceSelector: Cause = {
  id: 'service.selector',
  suspects: (scene) =>
    clusterOf(scene).services.flatMap((service) => [
      ...suspect(scene, clusterOf(scene), service),
      ...mixed(scene, clusterOf(scene), service),
    ]),
}

function suspect(scene: Scene, cluster: Cluster, service: Service): readonly Suspect[] {
  const { selector } = service
  if (selector === undefined || podsIn(cluster, service.namespace).length === 0 || selectedPods(cluster, service).length > 0) return []
  const pods = podsIn(cluster, service.namespace).filter((pod) => isAlive(pod) && Object.keys(pod.labels).length > 0)
  if (pods.length === 0) return []
  // Pods of another Service are meant for that one.
  const isFree = (pod: Pod): boolean => !cluster.services.some((other) => other !== service && selects(other, pod))
  const alike = pods.filter((pod) => sharesLabel(selector, pod)).filter(isFree)
  const named = pods.filter((pod) => hasName(service, pod)).filter(isFree)
  const meant = alike.length > 0 ? alike : named
  const [first] = meant
  if (!first) return elsewhere(scene, cluster, service)
  const because = [
    told(`${serviceName(service)} selects ${labelText(selector)}, which no pod of its namespace has`, service.source),
    ...meant.slice(0, 3).map((pod) => told(`Pod ${pod.namespace}/${pod.name} has ${labelText(relevantLabels(selector, pod))}`, pod.source)),
  ]
  return [
    suspected(
      'service.selector',
      relevance(scene, (aim) => towardsService(aim, service)),
      {
        where: { host: '', object: serviceName(service), source: service.source },
        because,
        likelihood: alike.length > 0 ? 0.9 : 0.75,
      },
    ),
  ]
}

/** Another server answers, and the Service selects pods that run different programs. */
function mixed(scene: Scene, cluster: Cluster, service: Service): readonly Suspect[] {
  if (service.selector === undefined) return []
  const needed = relevance(scene, (aim) => aim.symptom.result === 'wrong-server' && towardsService(aim, service))
  if (!needed.hit) return []
  const programs = new Map(selectedPods(cluster, service).map((pod) => [pod.containers.map(({ name }) => name).join(' '), pod]))
  if (programs.size < 2) return []
  return [
    suspected('service.selector', needed, {
      where: { host: '', object: serviceName(service), source: service.source },
      because: [
        told(`${serviceName(service)} selects ${labelText(service.selector)}, which pods of different programs have`, service.source),
        ...[...programs.values()]
          .slice(0, 3)
          .map((pod) => told(`Pod ${pod.namespace}/${pod.name} (${pod.containers.map(({ name }) => name).join(', ')})`, pod.source)),
      ],
      likelihood: 0.88,
    }),
  ]
}

/** The pods that it selects are there, in another namespace. */
function elsewhere(scene: Scene, cluster: Cluster, service: Service): readonly Suspect[] {
  const { selector = {} } = service
  const pods = cluster.pods.filter(
    (pod) =>
      pod.namespace !== service.namespace && isAlive(pod) && Object.entries(selector).every(([key, value]) => pod.labels[key] === value),
  )
  const [first] = pods.filter((pod) => !cluster.services.some((other) => selects(other, pod)))
  if (!first) return []
  return [
    suspected(
      'service.selector',
      relevance(scene, (aim) => towardsService(aim, service)),
      {
        where: { host: '', object: serviceName(service), source: service.source },
        because: [
          told(`${serviceName(service)} selects ${labelText(selector)} in its own namespace, where no pod has that`, service.source),
          told(`Pod ${first.namespace}/${first.name} has these labels in another namespace`, first.source),
        ],
        likelihood: 0.7,
      },
    ),
  ]
}

/** One of several pairs fits, or the same key has a value that is nearly the same. */
function sharesLabel(selector: Readonly<Record<string, string>>, pod: Pod): boolean {
  return Object.entries(selector).some(([key, value]) => {
    const own = pod.labels[key]
    return own !== undefined && (own === value || own.startsWith(value) || value.startsWith(own) || oneEdit(own, value))
  })
}

/** The pod, or one of its labels, is called like the Service or its selector's values. */
function hasName(service: Service, pod: Pod): boolean {
  const names = [service.name, ...Object.values(service.selector ?? {})].filter((name) => name.length > 2)
  return names.some((name) => pod.name.startsWith(`${name}-`) || pod.name === name || Object.values(pod.labels).includes(name))
}

function relevantLabels(selector: Readonly<Record<string, string>>, pod: Pod): Readonly<Record<string, string>> {
  const own = Object.entries(pod.labels).filter(([key]) => key !== 'pod-template-hash' && key !== 'controller-revision-hash')
  const same = own.filter(([key]) => key in selector)
  return Object.fromEntries((same.length > 0 ? same : own).slice(0, 5))
}

/** At most one letter is added, missing or another, or two are swapped. */
function oneEdit(a: string, b: string): boolean {
  const longest = Math.max(a.length, b.length)
  if (Math.abs(a.length - b.length) > 1 || longest < 3) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const differing = longest - start - end
  return differing <= 1 || (differing === 2 && a[start] === b[start + 1] && a[start + 1] === b[start])
}
