import type { Document } from '../intake/document.ts'

type Kind = Document['content']['kind']
/** A document that is known to be of a kind. */
export type DocumentOf<K extends Kind> = Document & { readonly content: Extract<Document['content'], { readonly kind: K }> }

const known = new WeakMap<readonly Document[], ReadonlyMap<Kind, readonly Document[]>>()

/** Documents of one kind, in their order: a cluster has thousands, and what is asked for each of its hosts must not look at them all. */
export function documentsOf<K extends Kind>(documents: readonly Document[], kind: K): readonly DocumentOf<K>[] {
  const byKind = known.get(documents) ?? grouped(documents)
  known.set(documents, byKind)
  return (byKind.get(kind) ?? []) as readonly DocumentOf<K>[]
}

function grouped(documents: readonly Document[]): ReadonlyMap<Kind, readonly Document[]> {
  const byKind = new Map<Kind, Document[]>()
  for (const document of documents) {
    const list = byKind.get(document.content.kind)
    if (list) list.push(document)
    else byKind.set(document.content.kind, [document])
  }
  return byKind
}
