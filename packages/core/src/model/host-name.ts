import type { Document } from '../intake/document.ts'

/** The host of documents that tell none: the only one there is, or `host`. */
export function nameOfHost(documents: readonly Document[]): string {
  const hosts = new Set(documents.map((document) => document.place.host).filter((host): host is string => host !== undefined))
  return hosts.size === 1 ? ([...hosts][0] as string) : 'host'
}
