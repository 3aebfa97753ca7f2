import type { CauseId } from '../../causes/ids.ts'
import { type Because, because, type Check, type Examined, missing, seen, together } from '../check.ts'
import type { Component } from '../components.ts'
import { rolesOf } from '../control-plane/roles.ts'
import { type CheckScene, contentsOf, type HostView, statesOf } from '../scene.ts'

/** A trace of a component: where it was seen, and whether it runs. */
interface Trace {
  readonly runs: boolean
  readonly because: Because
}

export const components: Check = {
  id: 'components',
  holds: 'every component that a host’s role needs is there and runs',
  why: 'what the component does is not done: no API, no new pods, no rules, no names',
  evidence: ['cluster/pods.json', 'hosts/HOST/docker/ps.json', 'hosts/HOST/ps.txt', 'hosts/HOST/systemctl.txt'],
  causes: ['node.static-pods', 'node.kubelet-down', 'overlay.lease', 'dns.unreachable', 'service.proxy-stale', 'image.registry'],
  run: (scene) => {
    const needed = scene.components.components
    const hosts = [...scene.hosts.values()].flatMap((host) => {
      const roles = rolesOf(scene, host.name)
      return needed.filter(({ role }) => role !== 'cluster' && roles.has(role)).map((component) => onHost(scene, host, component))
    })
    const inCluster =
      scene.cluster.pods.length > 0 ? needed.filter(({ role }) => role === 'cluster').map((component) => anywhere(scene, component)) : []
    return together([...hosts, ...inCluster])
  },
}

const CAUSES: Readonly<Record<string, CauseId>> = {
  kubelet: 'node.kubelet-down',
  runtime: 'node.kubelet-down',
  network: 'overlay.lease',
  dns: 'dns.unreachable',
  'kube-proxy': 'service.proxy-stale',
  registry: 'image.registry',
}

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)

function onHost(scene: CheckScene, host: HostView, component: Component): Examined {
  const all = [component, ...scene.components.components.filter(({ id }) => component.instead.includes(id))]
  const traces = all.flatMap((one) => tracesOf(scene, host, one))
  if (traces.some(({ runs }) => runs)) return seen()
  const asked = all.some((one) => canTell(scene, host, one))
  const [stopped] = traces
  if (!stopped && (!asked || !component.needed)) return asked ? seen() : missing(`${host.folder}/ps.txt or cluster/pods.json`)
  return seen({
    severity: 'error',
    cause: CAUSES[component.id] ?? 'node.static-pods',
    host: host.name,
    object: component.id,
    text: stopped ? `${component.name} on ${host.name} is there and does not run` : `${component.name} is not on ${host.name}`,
    because: stopped
      ? traces.map((trace) => trace.because)
      : [because(`no pod, container, process or unit of ${component.name}`, undefined)],
    runbook: 'restart-runtime-and-kubelet',
  })
}

function tracesOf(scene: CheckScene, host: HostView, { pod, container, unit, process }: Component): readonly Trace[] {
  const own =
    pod === undefined || !host.node ? [] : scene.cluster.pods.filter((one) => one.node === host.node?.name && whole(pod).test(one.name))
  const containers =
    container === undefined
      ? []
      : scene.objects.containers.filter((known) => (known.host ?? host.name) === host.name && whole(container).test(known.container.name))
  const units =
    unit === undefined ? [] : statesOf(host, 'units').flatMap((state) => state.units.filter(({ name }) => whole(unit).test(name)))
  const processes =
    process === undefined
      ? []
      : statesOf(host, 'processes').flatMap((state) =>
          state.processes.filter(({ command }) => whole(process).test(command.slice(command.lastIndexOf('/') + 1).replace(/:$/, ''))),
        )
  const sockets =
    process === undefined
      ? []
      : (host.root?.sockets ?? []).filter((socket) => socket.process !== undefined && whole(process).test(socket.process))
  return [
    ...own.map((one) => ({ runs: one.phase === 'Running', because: because(`pod ${one.name}: ${one.phase}`, one.source) })),
    ...containers.map((known) => ({
      runs: known.container.state === 'running',
      because: because(`container ${known.container.name}: ${known.container.state}`, known.container.source),
    })),
    ...units.map((one) => ({ runs: one.active === 'active', because: because(`${one.name}: ${one.active}`, one.source) })),
    ...processes.map((one) => ({ runs: true, because: because(one.args.slice(0, 3).join(' '), one.source) })),
    ...sockets.slice(0, 1).map((one) => ({ runs: true, because: because(`${one.process} listens on ${one.port}`, one.source) })),
  ]
}

/** Was anything captured in which the component would show? A control plane need not run as pods: only where one of its parts does they tell. */
function canTell(scene: CheckScene, host: HostView, { pod, container, process, role }: Component): boolean {
  const { components: all } = scene.components
  const listed = listedWhole(scene)
  const inPods = (one: Component) =>
    one.pod !== undefined &&
    scene.cluster.pods.some(({ name, partial }) => (!partial || listed.has(name)) && whole(one.pod ?? '').test(name))
  const pods = pod !== undefined && host.node !== undefined && all.some((one) => one.role === role && inPods(one))
  const processes = contentsOf(host.documents, 'host-state').some(
    ({ document, content }) => content.state.kind === 'processes' && !document.partial && content.state.processes.length > 20,
  )
  return (process !== undefined && processes) || (container !== undefined && engineTells(host)) || pods
}

/** Fewer pods than a cluster's own are one that somebody asked for by name. */
const OWN_PODS = 4

/** Pods of kube-system that stand in a table which nobody cut: what it does not show is not there. */
function listedWhole(scene: CheckScene): ReadonlySet<string> {
  return new Set(
    contentsOf(scene.documents, 'kubernetes').flatMap(({ document, content }) => {
      const own = content.objects.filter(({ object }) => object.kind === 'Pod' && object.metadata.namespace === 'kube-system')
      return document.partial || own.length < OWN_PODS ? [] : own.map(({ object }) => object.metadata.name)
    }),
  )
}

/** Docker's list shows the containers of pods: kubelet runs them through Docker here. */
const engineTells = (host: HostView): boolean =>
  host.documents.some(
    ({ content, partial }) =>
      !partial &&
      (content.kind === 'docker-ps' || content.kind === 'docker-inspect') &&
      content.objects.some(({ name }) => /^k8s_kube-/.test(name)),
  )

function anywhere(scene: CheckScene, component: Component): Examined {
  const pattern = component.pod === undefined ? undefined : whole(component.pod)
  const own = scene.cluster.pods.filter(({ name }) => pattern?.test(name))
  if (own.some(({ phase, ready }) => phase === 'Running' && ready !== false)) return seen()
  const system = scene.cluster.pods.some(({ namespace, partial }) => namespace === 'kube-system' && !partial) || listedWhole(scene).size > 0
  if (own.length === 0 && (!system || !component.needed)) return system ? seen() : missing('cluster/pods.json')
  return seen({
    severity: own.length > 0 ? 'error' : 'warning',
    cause: CAUSES[component.id] ?? 'node.static-pods',
    object: component.id,
    text: own.length > 0 ? `no pod of ${component.name} is ready` : `${component.name} is not in the cluster`,
    because: own.map((pod) => because(`pod ${pod.namespace}/${pod.name}: ${pod.phase}`, pod.source)),
    runbook: '',
  })
}
