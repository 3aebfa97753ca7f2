import { type Document, isMap, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import type { Note } from '../../facts/source.ts'
import { complete, itemKind, type Located } from './list.ts'

/** An alias may be used this often in all, so that `&a [*b, *b]` towers stay small. */
const MAX_ALIASES = 200

interface Chunk {
  readonly text: string
  readonly firstLine: number
}

/** YAML with the core schema only: no custom tags, no merge keys, no dates. A broken document costs only itself. */
export function readYaml(content: string, file: string): { readonly found: readonly Located[]; readonly notes: readonly Note[] } {
  const found: Located[] = []
  const notes: Note[] = []
  for (const chunk of chunksOf(content)) {
    try {
      readChunk(chunk, file, found, notes)
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      notes.push({ kind: 'broken', text: `YAML cannot be read: ${text.slice(0, 300)}`, source: { file, line: chunk.firstLine } })
    }
  }
  return { found, notes }
}

/** Documents, parted by lines of `---`. */
function chunksOf(content: string): readonly Chunk[] {
  const chunks: Chunk[] = []
  let lines: string[] = []
  let firstLine = 1
  const flush = () => {
    if (lines.some((line) => /^\s*[^\s#]/.test(line))) chunks.push({ text: lines.join('\n'), firstLine })
  }
  for (const [i, line] of content.split('\n').entries()) {
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(line)) {
      flush()
      lines = [line.slice(3)]
      firstLine = i + 1
    } else lines.push(line)
  }
  flush()
  return chunks
}

function readChunk(chunk: Chunk, file: string, found: Located[], notes: Note[]): void {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(chunk.text, {
    schema: 'core',
    customTags: [],
    merge: false,
    uniqueKeys: false,
    strict: false,
    logLevel: 'silent',
    lineCounter,
  })
  const lineOf = (offset: number) => chunk.firstLine + lineCounter.linePos(offset).line - 1
  if (!Array.isArray(documents)) return
  for (const document of documents) {
    for (const problem of document.errors.slice(0, 5)) {
      notes.push({ kind: 'broken', text: `YAML: ${problem.message.split('\n')[0] ?? ''}`, source: { file, line: lineOf(problem.pos[0]) } })
    }
    if (document.contents) collect(document.contents, document, undefined, undefined, lineOf, found)
  }
}

function collect(
  node: Node,
  document: Document,
  kind: string | undefined,
  apiVersion: string | undefined,
  lineOf: (offset: number) => number,
  found: Located[],
): void {
  if (isSeq(node)) {
    for (const item of node.items) collect(item as Node, document, kind, apiVersion, lineOf, found)
    return
  }
  if (!isMap(node)) return
  const items = node.get('items', true)
  if (isSeq(items) && !node.has('spec')) {
    const list = itemKind(node.get('kind'))
    const version = node.get('apiVersion')
    for (const item of items.items)
      collect(item as Node, document, list, list !== undefined && typeof version === 'string' ? version : undefined, lineOf, found)
    return
  }
  const value: unknown = node.toJS(document, { maxAliasCount: MAX_ALIASES })
  if (typeof value === 'object' && value !== null)
    found.push({ value: complete(value, kind, apiVersion), line: lineOf(node.range?.[0] ?? 0) })
}
