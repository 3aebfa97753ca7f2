import { statSync } from 'node:fs'
import type { Executor } from '../../exec/executor.ts'
import { type NamespaceRef, namespaceExecutor, pathOf } from '../../exec/namespace.ts'

/** Where a flow of a criterion starts on this machine: its own network, or a namespace; with its inode, so that a number of a process that came back is noticed. */
export type ProbePlace = { readonly kind: 'own' } | { readonly kind: 'namespace'; readonly ref: NamespaceRef; readonly inode: string }

/** What runs commands there; undefined: the namespace is gone, or another one has its name. */
export function executorAt(place: ProbePlace, machine: Executor): Executor | undefined {
  if (place.kind === 'own') return machine
  return inodeOf(place.ref) === place.inode ? namespaceExecutor(machine, place.ref) : undefined
}

/** `4026532001`; undefined: there is no such namespace. */
export function inodeOf(ref: NamespaceRef): string | undefined {
  try {
    // A file of /proc/PID/ns followed is the namespace itself, as a mount of it is.
    return String(statSync(pathOf(ref)).ino)
  } catch {
    return undefined
  }
}
