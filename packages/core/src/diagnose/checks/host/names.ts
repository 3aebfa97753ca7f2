import type { Source } from '../../../facts/source.ts'
import { contentsOf, type HostView } from '../scene.ts'

/** The name that a host gives itself: `hostname`, /etc/hostname. */
export function ownName(host: HostView): { readonly name: string; readonly source: Source } | undefined {
  const [first] = contentsOf(host.documents, 'hostname').filter(({ content }) => content.name !== '')
  return first && { name: first.content.name.toLowerCase(), source: { file: first.document.file, line: 1 } }
}

/** `mas3` and `mas3.example.com`. */
export const short = (name: string): string => name.split('.')[0] ?? name
