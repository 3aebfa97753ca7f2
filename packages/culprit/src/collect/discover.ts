import type { NamespaceRef } from '../exec/namespace.ts'
import { fileName } from './bundle.ts'
import { inspect } from './containers.ts'
import type { Run } from './host.ts'
import { findNamespaces, LIST_NAMESPACES, type Named } from './namespaces.ts'

/** A namespace of a host, and its folder's name in a bundle. */
export interface Discovered {
  readonly ref: NamespaceRef
  readonly netns: string
}

/** The namespaces of a host beside its own, each with a name of its own. `named`: what the engines have said already. */
export async function discover(run: Run, named?: readonly Named[]): Promise<readonly Discovered[]> {
  const engines = named ?? (await inspect(run))
  const listed = await run.executor.run({ argv: LIST_NAMESPACES, signal: run.signal })
  const names = new Set<string>()
  return findNamespaces(listed.stdout, engines).map(({ ref, name }) => ({ ref, netns: unlike(fileName(name) || 'netns', names) }))
}

function unlike(name: string, taken: Set<string>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}-${n}`
  taken.add(free)
  return free
}
