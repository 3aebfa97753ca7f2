import type { Pod } from '../../../parse/kubernetes/pod.ts'
import type { Service } from '../../../parse/kubernetes/service.ts'
import { because, type Check, type Examined, missing, seen, together } from '../check.ts'
import type { CheckScene } from '../scene.ts'

export const selected = (service: Service, pods: readonly Pod[]): readonly Pod[] =>
  pods.filter(
    (pod) =>
      pod.namespace === service.namespace &&
      pod.phase !== 'Succeeded' &&
      pod.phase !== 'Failed' &&
      Object.entries(service.selector ?? {}).every(([key, value]) => pod.labels[key] === value),
  )

/** Services whose pods can be told: with a selector, and with the pods of their namespace in the evidence. */
export function* servicesWithPods(scene: CheckScene): Generator<{ readonly service: Service; readonly own: readonly Pod[] }> {
  const whole = scene.cluster.pods.filter(({ partial }) => !partial)
  for (const service of scene.cluster.services) {
    if (service.selector === undefined || service.partial || service.type === 'ExternalName') continue
    if (!whole.some((pod) => pod.namespace === service.namespace) && !asked(scene)) continue
    yield { service, own: selected(service, whole) }
  }
}

/** Pods of several namespaces show that all were asked for: a namespace without any has none. */
const asked = ({ cluster }: CheckScene): boolean =>
  new Set(cluster.pods.filter(({ partial }) => !partial).map(({ namespace }) => namespace)).size > 1

export const serviceSelector: Check = {
  id: 'service-selector',
  holds: 'every Service’s selector fits pods',
  why: 'the Service has no endpoint: connections are refused at once',
  evidence: ['cluster/services.json', 'cluster/pods.json'],
  causes: ['service.selector'],
  run(scene) {
    if (scene.cluster.services.length > 0 && scene.cluster.pods.every(({ partial }) => partial)) return missing('cluster/pods.json')
    return together(
      [...servicesWithPods(scene)].map(({ service, own }): Examined => {
        if (own.length > 0) return seen()
        const near = nearest(service, scene.cluster.pods)
        const selector = Object.entries(service.selector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(',')
        return seen({
          // A Deployment may be scaled to zero; a pod that is nearly meant shows a mistake.
          severity: near && !hasReady(scene, service) ? 'error' : 'warning',
          cause: 'service.selector',
          object: `svc/${service.namespace}/${service.name}`,
          text: `no pod of ${service.namespace} has the labels ${selector} that Service ${service.name} selects${near ? `; ${near.name} has ${labelsText(near)}` : ''}`,
          because: [
            because(`selector ${selector}`, service.source),
            ...(near ? [because(`pod ${near.name}: ${labelsText(near)}`, near.source)] : []),
          ],
        })
      }),
    )
  },
}

const hasReady = ({ cluster }: CheckScene, { namespace, name }: Service): boolean =>
  (cluster.endpoints.get(`${namespace}/${name}`) ?? []).some(({ endpoints }) => endpoints.some(({ ready }) => ready))

const labelsText = ({ labels }: Pod): string =>
  Object.entries(labels)
    .slice(0, 6)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')

/** A pod that shares a key, or whose label's value is the Service's name. */
function nearest(service: Service, pods: readonly Pod[]): Pod | undefined {
  const own = pods.filter((pod) => pod.namespace === service.namespace)
  const keys = Object.keys(service.selector ?? {})
  return (
    own.find(({ labels }) => Object.values(labels).includes(service.name)) ??
    own.find(({ labels, name }) => keys.some((key) => key in labels) && name.startsWith(service.name))
  )
}
