import type { Document } from '@culprit/core/intake/document'
import { readDocuments } from '@culprit/core/intake/documents'
import type { EvidenceFile, EvidenceTree } from '../bundle/evidence.ts'
import { type ReadOptions, readEvidence } from '../bundle/read.ts'
import type { Targets } from '../collect/collect.ts'
import type { Context } from './context.ts'
import { evidenceError } from './exit.ts'
import { createProgress } from './progress.ts'
import { withSignals } from './signals.ts'

/**
 * Reads and recognises the evidence of a command line. What could not be read is said on standard error and costs only itself;
 * with nothing usable left the command ends.
 */
export async function loadEvidence(
  paths: readonly string[],
  context: Context,
  targets: Targets = HERE,
  options: ReadOptions = {},
): Promise<readonly Document[]> {
  const tree = paths.length === 0 ? await liveEvidence(targets, context) : await readEvidence(paths, options)
  const files = tree.files as EvidenceFile[]
  // A cluster's rulesets are a gigabyte of text: what is read is let go at once.
  const documents = readDocuments(files, (index) => void files.splice(index, 1, READ))
  refuseUseless(paths, tree, documents)
  tellTrouble(tree, documents, context)
  return documents
}

export const HERE: Targets = { local: true, ssh: [] }

/** Machines (this one, unless others are named) as a bundle that is taken now. */
async function liveEvidence(targets: Targets, context: Context): Promise<EvidenceTree> {
  const [{ collect }, { filesOf }, { tellLosses }] = await Promise.all([
    import('../collect/collect.ts'),
    import('../collect/live.ts'),
    import('./commands/collect.ts'),
  ])
  const progress = createProgress(process.stderr, context.quiet)
  const bundle = await withSignals((signal) => collect(targets, { signal, progress: (text) => progress.tell(text) })).finally(progress.end)
  tellLosses(bundle, context)
  return { files: filesOf(bundle), notes: [], errors: [] }
}

const READ: EvidenceFile = { path: '', text: '', size: 0 }

/** The same for tests and tools: the documents alone. */
export async function documentsOf(paths: readonly string[]): Promise<readonly Document[]> {
  return readDocuments((await readEvidence(paths)).files)
}

function refuseUseless(paths: readonly string[], tree: EvidenceTree, documents: readonly Document[]): void {
  if (documents.some(({ content }) => content.kind !== 'unrecognised')) return
  const [error] = tree.errors
  if (error) throw evidenceError(`${error.file}: ${error.text}`, error.hint)
  const note = documents.flatMap((d) => d.notes)[0]
  const left = tree.notes[0]
  const why = left ? `${left.file}: ${left.text}` : `${paths.join(', ')}: there is nothing in it`
  const where = note ? `${note.source.file}:${note.source.line}: ${note.text}` : why
  throw evidenceError(where, 'docs/evidence-formats.md lists what culprit reads')
}

function tellTrouble(tree: EvidenceTree, documents: readonly Document[], context: Context): void {
  for (const { file, text, hint } of tree.errors) {
    context.warn(`warning: ${file}: ${text}`)
    context.warn(`hint: ${hint}`)
  }
  const notes = documents.flatMap((d) => d.notes).filter((note) => note.kind !== 'assumed' || context.verbose)
  if (context.verbose) {
    for (const { file, text } of tree.notes) context.warn(`note: ${file}: ${text}`)
    for (const { source, text, raw } of notes)
      context.warn(`note: ${source.file}:${source.line}: ${text}${raw === undefined ? '' : `: ${raw.slice(0, 200)}`}`)
  } else if (notes.length > 0) {
    const files = new Set(notes.map((note) => note.source.file))
    context.warn(
      `note: ${notes.length} ${notes.length === 1 ? 'place' : 'places'} in ${files.size === 1 ? [...files][0] : `${files.size} files`} could not be understood (-v lists them)`,
    )
  }
}
