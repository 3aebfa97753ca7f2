import { type Engine, engineOf } from '../../datapath/engine.ts'
import type { Source } from '../../facts/source.ts'
import type { Document } from '../../intake/document.ts'
import { assemble } from '../../model/assemble.ts'
import { type Cluster, collectCluster } from '../../model/kubernetes/cluster.ts'
import { hostOfNode } from '../../model/kubernetes/node-host.ts'
import type { Model } from '../../model/model.ts'
import type { Namespace } from '../../model/namespace.ts'
import { collectObjects, type Objects } from '../../model/objects.ts'
import type { HostState } from '../../parse/host/state.ts'
import type { Node } from '../../parse/kubernetes/node.ts'
import type { SignatureMatch } from '../signatures/signature.ts'
import type { Certificate } from './certificate.ts'
import type { ComponentBook } from './components.ts'

/** Everything that a check may look at. */
export interface CheckScene {
  readonly documents: readonly Document[]
  readonly model: Model
  readonly cluster: Cluster
  readonly objects: Objects
  /** By the host's name, each with all that is told of it. */
  readonly hosts: ReadonlyMap<string, HostView>
  /** Error texts that were found in logs, notes and events. */
  readonly matches: readonly SignatureMatch[]
  readonly certificates: readonly Certificate[]
  readonly components: ComponentBook
  /** Seconds since 1970 at which the evidence is judged; undefined: not told. */
  readonly now: number | undefined
  /** Built when it is first asked for. */
  readonly engine: () => Engine
}

/** A captured machine. */
export interface HostView {
  readonly name: string
  /** Its own network namespace; undefined where nothing of its network was captured. */
  readonly root: Namespace | undefined
  /** The Node that it is in the cluster. */
  readonly node: Node | undefined
  readonly documents: readonly Document[]
  /** Folder of its evidence, for naming what is missing. */
  readonly folder: string
}

export interface SceneParts {
  readonly matches?: readonly SignatureMatch[]
  readonly certificates?: readonly Certificate[]
  readonly components?: ComponentBook
  readonly now?: number | undefined
}

export function createScene(documents: readonly Document[], parts: SceneParts = {}): CheckScene {
  const model = assemble(documents)
  const cluster = collectCluster(documents)
  const objects = collectObjects(documents)
  let engine: Engine | undefined
  return {
    documents,
    model,
    cluster,
    objects,
    hosts: hostsOf(documents, model, cluster),
    matches: parts.matches ?? [],
    certificates: parts.certificates ?? [],
    components: parts.components ?? { components: [], ports: [] },
    now: parts.now,
    engine: () => {
      engine ??= engineOf(model, objects)
      return engine
    },
  }
}

/** A document that tells no host is of the only host there is, as the model has it. */
function hostsOf(documents: readonly Document[], model: Model, cluster: Cluster): ReadonlyMap<string, HostView> {
  const names = new Set([...model.hosts.keys(), ...documents.flatMap(({ place }) => place.host ?? [])])
  if (names.size === 0) names.add('host')
  const only = names.size === 1 ? [...names][0] : undefined
  const nodes = new Map(
    cluster.nodes.flatMap((node) => {
      const host = hostOfNode(model, node)
      return host ? [[host.host, node] as const] : []
    }),
  )
  return new Map(
    [...names].map((name) => {
      const root = model.hosts.get(name)
      const own = documents.filter(({ place }) => (place.host ?? only) === name && place.netns === '')
      const node = nodes.get(name) ?? cluster.nodes.find((one) => one.name === name)
      return [name, { name, root, node, documents: own, folder: root?.folder ?? `hosts/${name}` }]
    }),
  )
}

/** Hosts whose network was captured. */
export function capturedHosts(scene: CheckScene): readonly (HostView & { readonly root: Namespace })[] {
  return [...scene.hosts.values()].filter((host): host is HostView & { readonly root: Namespace } => host.root !== undefined)
}

/** What single files and commands tell of a host. */
export function statesOf<K extends HostState['kind']>(host: HostView, kind: K): readonly Extract<HostState, { readonly kind: K }>[] {
  return host.documents.flatMap(({ content }) =>
    content.kind === 'host-state' && content.state.kind === kind ? [content.state as Extract<HostState, { readonly kind: K }>] : [],
  )
}

export function contentsOf<K extends Document['content']['kind']>(
  documents: readonly Document[],
  kind: K,
): readonly { readonly document: Document; readonly content: Extract<Document['content'], { readonly kind: K }> }[] {
  return documents.flatMap((document) =>
    document.content.kind === kind ? [{ document, content: document.content as Extract<Document['content'], { readonly kind: K }> }] : [],
  )
}

/** The line of a kernel setting. */
export function sysctlSource({ sysctls }: Namespace, name: string): Source | undefined {
  const line = sysctls.line(name)
  return sysctls.file === undefined || line === undefined ? undefined : { file: sysctls.file, line }
}

/** Names are kept by their last part (`hosts/H/files/etc/hosts` → `/etc/hosts`); undefined for a file that is none of a host. */
export function hostPath(file: string): string | undefined {
  const at = file.lastIndexOf('/files/')
  return at >= 0 ? file.slice(at + 6) : file.startsWith('files/') ? file.slice(5) : undefined
}
