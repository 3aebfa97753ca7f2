import type { Source } from '../../facts/source.ts'
import { fields, integer, string } from './fields.ts'
import type { KubernetesObject } from './object.ts'
import type { SourcedObject } from './read.ts'

/** An Event of the API, of either group. */
export interface KubernetesEvent {
  readonly namespace: string
  /** Normal or Warning. */
  readonly type: string | undefined
  readonly reason: string
  readonly message: string
  /** What it is about. */
  readonly about: { readonly kind: string; readonly name: string; readonly namespace: string }
  readonly count: number
  /** The node whose kubelet wrote it. */
  readonly node: string | undefined
  readonly lastTime: string | undefined
  readonly source: Source
}

export function eventOf({ object, source }: SourcedObject): KubernetesEvent | undefined {
  if (object.kind !== 'Event') return undefined
  const about = fields(object.involvedObject ?? object.regarding)
  const namespace = string(about.namespace) ?? object.metadata.namespace ?? ''
  return {
    namespace,
    type: string(object.type),
    reason: string(object.reason) ?? '',
    message: string(object.message) ?? string(object.note) ?? '',
    about: { kind: string(about.kind) ?? '', name: string(about.name) ?? '', namespace },
    count: integer(object.count) ?? integer(fields(object.series).count) ?? 1,
    node: string(fields(object.source).host) ?? string(object.reportingInstance),
    lastTime: string(object.lastTimestamp) ?? string(fields(object.series).lastObservedTime) ?? string(object.eventTime),
    source,
  }
}

const KINDS: Readonly<Record<string, string>> = {
  pod: 'Pod',
  node: 'Node',
  service: 'Service',
  deployment: 'Deployment',
  replicaset: 'ReplicaSet',
  daemonset: 'DaemonSet',
  statefulset: 'StatefulSet',
  job: 'Job',
  endpoints: 'Endpoints',
}

/** The kind that a resource's name in `pod/web-1` stands for. */
export const kindNamed = (resource: string): string => KINDS[resource.toLowerCase()] ?? resource

/** A row of `kubectl get events`: `LAST SEEN TYPE REASON OBJECT MESSAGE`, before 1.15 `… NAME KIND … REASON SOURCE MESSAGE`. */
export function eventOfCells(
  cells: Readonly<Record<string, string>>,
  namespace: string | undefined,
  line: number,
): KubernetesObject | undefined {
  const [resource = '', named] = (cells.OBJECT ?? '').split('/')
  const kind = named === undefined ? (cells.KIND ?? resource) : kindNamed(resource)
  const name = named ?? (cells.NAME ?? '').replace(/\.[0-9a-f]{16}$/, '')
  if (name === '' || !cells.REASON) return undefined
  const place = cells.NAMESPACE || namespace
  return eventObject({ kind: kindNamed(kind), name, namespace: place }, cells.TYPE ?? '', cells.REASON, cells.MESSAGE ?? '', line)
}

/** An Event as the API would give it. `line` makes its name unique in its file. */
export function eventObject(
  about: { readonly kind: string; readonly name: string; readonly namespace: string | undefined },
  type: string,
  reason: string,
  message: string,
  line: number,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${about.name}.${line}`, ...(about.namespace && { namespace: about.namespace }) },
    involvedObject: about,
    type,
    reason,
    message,
  }
}
