import { type Command, ran } from '../exec/executor.ts'
import type { Answers } from '../exec/replay.ts'
import { CATALOGUE, type Entry } from './catalogue.ts'
import { LIST_NAMESPACES } from './namespaces.ts'

const ENTRIES: readonly Entry[] = CATALOGUE.flatMap((entry) => (entry.fallback ? [entry, entry.fallback] : [entry]))
const FILE_OF = new Map(ENTRIES.map((entry) => [JSON.stringify(entry.argv), entry.file]))

/**
 * What a host of a bundle answers to the commands of the catalogue, in its own namespace and (entered by name) in those of the bundle: for
 * replayExecutor. Commands that are not in the catalogue have no answer.
 */
export function bundleAnswers(files: ReadonlyMap<string, Uint8Array>, host: string): Answers {
  return ({ argv }: Command) => {
    if (JSON.stringify(argv) === JSON.stringify(LIST_NAMESPACES)) return ran('exited', { code: 0 })
    const [, netns] = argv[0] === 'nsenter' ? (/^--net=\/run\/netns\/([^/]+)$/.exec(argv[1] ?? '') ?? []) : []
    const file = FILE_OF.get(JSON.stringify(netns === undefined ? argv : argv.slice(3)))
    if (file === undefined) return undefined
    const bytes = files.get(netns === undefined ? `hosts/${host}/${file}` : `hosts/${host}/netns/${netns}/${file}`)
    return bytes === undefined ? undefined : ran('exited', { code: 0, bytes })
  }
}
