import { containerNamed } from '../../model/container.ts'
import type { Pod } from '../../parse/kubernetes/pod.ts'
import type { Service } from '../../parse/kubernetes/service.ts'
import type { Scene } from '../scene.ts'
import { type Aim, aimsOf, connects, endKey } from './aim.ts'

/** How much a faulty object has to do with what fails. */
export interface Relevance {
  /** 1: a failing connection needs it, or nothing was asked. Less: what fails leads elsewhere, or nothing fails. */
  readonly weight: number
  /** Observations of the connections that need it. */
  readonly explains: readonly string[]
  readonly hit: boolean
}

/** A state that is faulty, and that no failing connection needs: at most 0.3 remain of a likelihood of 0.9. */
const ELSEWHERE = 0.33
/** Nobody tells where what fails leads to. */
const UNTOLD = 0.7

/** Weighs an object by the failing connections: `aims` tells whether one of them needs it. */
export function relevance(scene: Scene, aims: (aim: Aim) => boolean): Relevance {
  const all = aimsOf(scene)
  const hits = all.filter(aims)
  const explains = hits.flatMap(({ symptom }) => symptom.observation ?? [])
  if (hits.length > 0) return { weight: 1, explains, hit: true }
  return { weight: all.length > 0 ? weightOf(all) : calm(scene), explains, hit: false }
}

const weightOf = (aims: readonly Aim[]): number =>
  aims.every(({ addresses, name, place }) => addresses.size === 0 && name === undefined && place === undefined) ? UNTOLD : ELSEWHERE

/** Nothing fails. Was something asked, which works, or is there nothing but the objects themselves? */
function calm(scene: Scene): number {
  const working = [...scene.works, ...scene.symptoms.filter(connects)]
  if (working.length === 0) return 1
  return working.some(({ observation }) => observation === undefined) ? ELSEWHERE : UNTOLD
}

/** By its name, by an address of its own, or by a node port. */
export function towardsService(aim: Aim, service: Service): boolean {
  if (aim.place === `svc/${service.namespace}/${service.name}` || isNamed(aim, service.name, service.namespace)) return true
  const own = [...service.clusterAddresses, ...service.externalAddresses, ...service.loadBalancerAddresses]
  return (
    own.some((address) => aim.addresses.has(address)) ||
    service.ports.some(({ nodePort }) => nodePort !== undefined && aim.ports.has(nodePort))
  )
}

/** To the pod itself, or to a Service that selects it. */
export function towardsPod(scene: Scene, aim: Aim, pod: Pod): boolean {
  if (aim.place === `pod/${pod.namespace}/${pod.name}` || aim.from === `pod/${pod.namespace}/${pod.name}`) return true
  const ports = pod.containers.flatMap((container) => container.ports)
  const reached = pod.hostNetwork
    ? pod.addresses.some((address) => ports.some(({ port }) => aim.ends.has(endKey(address, port))))
    : pod.addresses.some((address) => aim.addresses.has(address))
  if (reached || ports.some(({ hostPort }) => hostPort !== undefined && aim.ports.has(hostPort))) return true
  return selectorsOf(scene, pod).some((service) => towardsService(aim, service))
}

const selectors = new WeakMap<Scene, Map<Pod, readonly Service[]>>()

/** Services that select the pod: asked again for each connection. */
function selectorsOf(scene: Scene, pod: Pod): readonly Service[] {
  let known = selectors.get(scene)
  if (!known) {
    known = new Map()
    selectors.set(scene, known)
  }
  const found = known.get(pod) ?? scene.objects.services.filter((service) => selects(service, pod))
  known.set(pod, found)
  return found
}

export const selects = (service: Service, pod: Pod): boolean =>
  service.selector !== undefined &&
  service.namespace === pod.namespace &&
  Object.entries(service.selector).every(([key, value]) => pod.labels[key] === value)

type Known = Scene['objects']['containers'][number]

/** By name, by compose service, by an address of its own, or by a port that it publishes, or asked to publish. */
export function towardsContainer(scene: Scene, aim: Aim, known: Known): boolean {
  const { container, host } = known
  const named = [aim.place?.replace(/^container\//, ''), aim.name, aim.name?.split('.')[0]]
  if (named.some((name) => name !== undefined && isContainer(scene, known, name))) return true
  if (container.endpoints.some(({ addresses }) => addresses.some((address) => aim.addresses.has(address)))) return true
  const onHost = host === undefined || aim.hosts.size === 0 || aim.hosts.has(host)
  return onHost && [...container.ports, ...container.requestedPorts].some(({ hostPort }) => aim.ports.has(hostPort))
}

function isContainer(scene: Scene, { container }: Known, name: string): boolean {
  if (container.name === name) return true
  const found = containerNamed(scene.objects, name)
  return found.kind === 'found' && found.known.container.id === container.id
}

export const passesHost = (aim: Aim, host: string): boolean =>
  aim.hosts.has(host) || aim.place === `host/${host}` || aim.from === `host/${host}`

/** `web`, `web.shop`, `web.shop.svc`, `web.shop.svc.cluster.local`. */
export function isNamed({ name }: Aim, service: string, namespace: string): boolean {
  const [first, second, third] = name?.split('.') ?? []
  return first === service && (second === undefined || (second === namespace && (third === undefined || third === 'svc')))
}
