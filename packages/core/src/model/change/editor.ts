import type { Content, Document } from '../../intake/document.ts'
import type { Shown, Spot } from './change.ts'

type ContentOf<K extends Content['kind']> = Extract<Content, { kind: K }>

/** The documents of a bundle while one change is made to them. */
export class Editor {
  readonly #before: readonly Document[]
  readonly #fallback: string
  #documents: readonly Document[]

  constructor(documents: readonly Document[], fallback: string) {
    this.#before = documents
    this.#documents = documents
    this.#fallback = fallback
  }

  /** Edits each document of a kind (in one namespace when a spot is given). The edit gives back the same content where it changes nothing. */
  edit<K extends Content['kind']>(kind: K, at: Spot | undefined, edit: (content: ContentOf<K>, document: Document) => ContentOf<K>): this {
    let changed = false
    const next = this.#documents.map((document) => {
      if (document.content.kind !== kind || (at && !this.#isAt(document, at))) return document
      const content = edit(document.content as ContentOf<K>, document)
      if (content === document.content) return document
      changed = true
      return { ...document, content }
    })
    if (changed) this.#documents = next
    return this
  }

  /** The same, for the first such document that the edit changes. */
  editOne<K extends Content['kind']>(
    kind: K,
    at: Spot | undefined,
    edit: (content: ContentOf<K>, document: Document) => ContentOf<K>,
  ): this {
    let done = false
    return this.edit(kind, at, (content, document) => {
      if (done) return content
      const next = edit(content, document)
      done = next !== content
      return next
    })
  }

  /** A fact that no command showed. */
  add(at: Spot, content: Content): this {
    this.#documents = [...this.#documents, { place: { host: at.host, netns: at.netns }, file: ASSUMED, content, notes: [] }]
    return this
  }

  get changed(): boolean {
    return this.#documents !== this.#before
  }

  done(): readonly Document[] {
    return this.#documents
  }

  #isAt({ place }: Document, { host, netns }: Spot): boolean {
    return place.netns === netns && (place.host ?? this.#fallback) === host
  }
}

/** Where a fact comes from that a change brought in. */
export const ASSUMED = '(assumed)'

export const isShown = (fact: { readonly source: Shown['source']; readonly text?: string }, { source, text }: Shown): boolean =>
  fact.source.file === source.file &&
  fact.source.line === source.line &&
  (text === undefined || fact.text === undefined || fact.text === text)
