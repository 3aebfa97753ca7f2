import type { Document } from '../../intake/document.ts'
import { assemble } from '../assemble.ts'
import type { Model } from '../model.ts'
import type { Namespace } from '../namespace.ts'
import { containerItems, networkItems } from './containers.ts'
import type { Difference, DifferenceKind, Differences, Spot } from './difference.ts'
import { machineItems } from './files.ts'
import { Findings } from './findings.ts'
import { compareItems, type Item } from './items.ts'
import { type Completeness, compareNamespaces } from './namespaces.ts'
import { objectFiles, objectItems } from './objects.ts'

/** One state of the machines: the evidence, and the model that was made of it. */
export interface Snapshot {
  readonly documents: readonly Document[]
  readonly model: Model
}

export const snapshotOf = (documents: readonly Document[]): Snapshot => ({ documents, model: assemble(documents) })

/**
 * All that two snapshots differ in, as far as it can matter to a packet: rules, sets, routes, devices, settings, sockets, containers, objects.
 * Counters, connections, learned neighbours and times are no part of it. What only one snapshot tells of is named, never taken for a change.
 */
export function compareSnapshots(before: Snapshot, after: Snapshot): Differences {
  const findings = new Findings()
  for (const [old, now] of hostPairs(before.model, after.model)) {
    if (old !== undefined && now !== undefined) compareHosts(findings, before, old, after, now)
    else findings.missing({ host: (old ?? now) as string, netns: '' }, 'everything', old === undefined ? 'before' : 'after')
  }
  compareObjects(findings, before.documents, after.documents)
  return findings
}

const hostsOf = (model: Model): readonly string[] => [...new Set(model.namespaces.map(({ host }) => host))]

/** Hosts by their names. */
function hostPairs(before: Model, after: Model): readonly (readonly [string | undefined, string | undefined])[] {
  const [old, now] = [hostsOf(before), hostsOf(after)]
  return [
    ...old.map((host) => [host, now.includes(host) ? host : undefined] as const),
    ...now.filter((host) => !old.includes(host)).map((host) => [undefined, host] as const),
  ]
}

/**
 * Snapshots made by hand may be named after their folders (`before/`, `after/`): where each is of one host, it is the same one. The documents
 * before, under the name that the host has after.
 */
export function underOneName(before: readonly Document[], after: readonly Document[]): readonly Document[] {
  const [old, now] = [namesOf(before), namesOf(after)]
  const [name] = now
  if (old.size !== 1 || now.size !== 1 || name === undefined || old.has(name)) return before
  return before.map((document) =>
    document.place.host === undefined ? document : { ...document, place: { ...document.place, host: name } },
  )
}

const namesOf = (documents: readonly Document[]): ReadonlySet<string> =>
  new Set(documents.flatMap(({ place }) => (place.host === undefined ? [] : [place.host])))

function compareHosts(findings: Findings, before: Snapshot, old: string, after: Snapshot, now: string): void {
  const [was, is] = [namespacesOf(before.model, old), namespacesOf(after.model, now)]
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    const spot = { host: now, netns: name }
    const [one, other] = [was.get(name), is.get(name)]
    if (one && other) compareNamespaces(findings, spot, one, other, completeness(listsOf(before, old, name), listsOf(after, now, name)))
    else if (name === '') findings.missing(spot, 'the host itself', one ? 'after' : 'before')
    else findings.add([namespaceDifference(spot, one, other)])
  }
  compareMachines(findings, documentsOf(before, old), documentsOf(after, now), { host: now, netns: '' })
}

const namespacesOf = ({ namespaces }: Model, host: string): ReadonlyMap<string, Namespace> =>
  new Map(namespaces.filter((one) => one.host === host).map((one) => [one.name, one]))

const hasNoHost = ({ place }: Document): boolean => place.host === undefined
const documentsOf = ({ documents, model }: Snapshot, host: string): readonly Document[] =>
  documents.filter((one) => one.place.netns === '' && (one.place.host === host || (hasNoHost(one) && hostsOf(model).length === 1)))

const listsOf = ({ documents }: Snapshot, host: string, netns: string): readonly Document[] =>
  documents.filter(({ place }) => (place.host ?? host) === host && place.netns === netns)

function completeness(before: readonly Document[], after: readonly Document[]): Completeness {
  const lists = { before, after }
  return {
    isCut: (side, kind) => lists[side].some(({ content, partial }) => partial === true && content.kind === kind),
    hasAllRoutes: (side) => lists[side].some(({ content }) => content.kind === 'ip-route' && content.complete),
  }
}

function namespaceDifference({ host, netns }: Spot, before: Namespace | undefined, after: Namespace | undefined): Difference {
  const { folder } = (before ?? after) as Namespace
  const side = { text: netns, source: { file: folder, line: 0 } }
  return {
    kind: 'namespace',
    change: before ? 'removed' : 'added',
    host,
    netns,
    object: `namespace ${netns}`,
    ...(before ? { before: side } : { after: side }),
    fields: [],
  }
}

function compareMachines(findings: Findings, before: readonly Document[], after: readonly Document[], spot: Spot): void {
  const isTold = (items: readonly Item[], documents: readonly Document[], kind: DifferenceKind): boolean =>
    items.length > 0 || documents.some(({ content }) => TELLS[kind]?.includes(content.kind))
  for (const [part, itemsOf] of GROUPS) {
    const [was, is] = [itemsOf(before), itemsOf(after)]
    for (const kind of new Set([...was, ...is].map((item) => item.kind))) {
      const [one, other] = [was.filter((item) => item.kind === kind), is.filter((item) => item.kind === kind)]
      if (isTold(one, before, kind) && isTold(other, after, kind)) findings.add(compareItems(spot, one, other))
      else findings.missing(spot, part, one.length > 0 ? 'after' : 'before')
    }
  }
}

/** Groups of things that a snapshot tells of as a whole or not at all. */
const GROUPS: readonly (readonly [string, (documents: readonly Document[]) => readonly Item[]])[] = [
  ['containers', containerItems],
  ['networks of containers', networkItems],
  ...(['host-state', 'flannel-subnet', 'hosts', 'resolv.conf', 'cni-config'] as const).map(
    (kind) => [kind, (documents: readonly Document[]) => machineItems(documents.filter(({ content }) => content.kind === kind))] as const,
  ),
]

/** Lists that may be empty. */
const TELLS: Readonly<Record<string, readonly Document['content']['kind'][]>> = {
  container: ['docker-inspect', 'docker-ps'],
  network: ['docker-network'],
}

function compareObjects(findings: Findings, before: readonly Document[], after: readonly Document[]): void {
  const [was, is] = [objectItems(before), objectItems(after)]
  const [oldFiles, newFiles] = [objectFiles(before), objectFiles(after)]
  const spot: Spot = { host: '', netns: '' }
  const isTold = (files: ReadonlySet<string>, items: readonly Item[] | undefined): boolean =>
    (items ?? []).some(({ side }) => files.has(side.source.file.slice(side.source.file.lastIndexOf('/') + 1)))
  for (const kind of new Set([...was.keys(), ...is.keys()])) {
    const [one, other] = [was.get(kind), is.get(kind)]
    if ((one || isTold(oldFiles, other)) && (other || isTold(newFiles, one))) findings.add(compareItems(spot, one ?? [], other ?? []))
    else findings.missing(spot, `${kind} objects`, one ? 'after' : 'before')
  }
}
