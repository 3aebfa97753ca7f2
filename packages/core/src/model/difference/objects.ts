import type { Document } from '../../intake/document.ts'
import { collectCluster } from '../kubernetes/cluster.ts'
import type { Item } from './items.ts'

type Sourced = ReturnType<typeof collectCluster>['objects'][number]

/** Objects that move by themselves, and say nothing of how things are set. */
const RESTLESS: ReadonlySet<string> = new Set(['Event', 'Lease', 'ControllerRevision', 'Secret', 'ComponentStatus'])

/** Kubernetes objects by kind. Written times, versions and what controllers count are no part of them. */
export function objectItems(documents: readonly Document[]): ReadonlyMap<string, readonly Item[]> {
  const kinds = new Map<string, Item[]>()
  for (const sourced of collectCluster(documents).objects) {
    const { kind } = sourced.object
    if (RESTLESS.has(kind)) continue
    const known = kinds.get(kind)
    if (known) known.push(itemOf(sourced))
    else kinds.set(kind, [itemOf(sourced)])
  }
  return kinds
}

/** Files of objects, without their folders: an empty list of a kind is in the file that the other snapshot has its objects in. */
export const objectFiles = (documents: readonly Document[]): ReadonlySet<string> =>
  new Set(
    documents.flatMap(({ file, content }) =>
      content.kind === 'kubernetes' || content.kind === 'unrecognised' ? [file.slice(file.lastIndexOf('/') + 1)] : [],
    ),
  )

function itemOf({ object, source, partial = false }: Sourced): Item {
  const { kind, metadata } = object
  const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
  const fields: Record<string, string> = {}
  for (const [key, value] of Object.entries(object))
    if (key !== 'kind' && key !== 'apiVersion' && key !== 'status') flatten(value, key, fields, 0)
  for (const [key, value] of Object.entries(isRecord(object.status) ? object.status : {}))
    if (STATUS.has(key)) flatten(value, `status.${key}`, fields, 0)
  return {
    kind: 'object',
    key: `${(object.apiVersion ?? '').split('/')[0]} ${kind} ${name}`,
    object: `${kind} ${name}`,
    side: { text: `${kind} ${name}`, source },
    fields,
    whole: !partial,
  }
}

/** What of a status tells how things are. */
const STATUS: ReadonlySet<string> = new Set(
  'phase podIP podIPs hostIP conditions containerStatuses addresses loadBalancer nodeInfo numberReady readyReplicas reason'.split(' '),
)
const IGNORED: ReadonlySet<string> = new Set(
  (
    'managedFields resourceVersion generation observedGeneration uid creationTimestamp selfLink ownerReferences lastHeartbeatTime ' +
    'lastTransitionTime lastProbeTime lastUpdateTime startedAt finishedAt startTime containerID imageID message lastState started ' +
    'kubectl.kubernetes.io/last-applied-configuration endpoints.kubernetes.io/last-change-trigger-time ' +
    'control-plane.alpha.kubernetes.io/leader deployment.kubernetes.io/revision restartCount'
  ).split(' '),
)
const DEEPEST = 16

/** `spec.ports[http].targetPort` → `8080`. Items of a list go by what names them, so that one more does not shift the rest. */
function flatten(value: unknown, path: string, into: Record<string, string>, depth: number): void {
  if (depth > DEEPEST) return
  if (Array.isArray(value)) {
    const scalars = value.every((item) => typeof item !== 'object' || item === null)
    if (scalars) {
      into[path] = value.map(String).sort().join(', ')
      return
    }
    const seen = new Map<string, number>()
    for (const item of value) {
      const name = nameOf(item)
      const count = seen.get(name) ?? 0
      seen.set(name, count + 1)
      flatten(item, `${path}[${name}${count === 0 ? '' : `#${count + 1}`}]`, into, depth + 1)
    }
    return
  }
  if (!isRecord(value)) {
    if (value !== undefined && value !== null) into[path] = String(value)
    return
  }
  for (const [key, member] of Object.entries(value)) if (!IGNORED.has(key)) flatten(member, `${path}.${key}`, into, depth + 1)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function nameOf(item: unknown): string {
  if (!isRecord(item)) return ''
  for (const key of ['name', 'ip', 'address', 'addresses', 'type', 'port', 'key', 'cidr']) {
    const value = item[key]
    if (typeof value === 'string' || typeof value === 'number') return `${value}`
    if (Array.isArray(value) && typeof value[0] === 'string') return value[0]
  }
  return ''
}
