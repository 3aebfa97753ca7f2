import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CauseBook, readCauses } from '@culprit/core/diagnose/causes/book'
import { type OwnerBook, readOwners } from '@culprit/core/netfilter/owners/book'
import { parse } from 'yaml'
import { CliError, EXIT } from './exit.ts'

/** Where knowledge/ may be: in the installed package beside dist/, or in the repository that the package lies in. */
function candidates(from: string): readonly string[] {
  const here = dirname(fileURLToPath(from))
  return ['../..', '../../../..'].map((up) => join(here, up, 'knowledge'))
}

/** Reads and checks a file of knowledge/; what is wrong with it is culprit's own fault, and is said with the file's name. */
export function loadKnowledge(name: string): { readonly file: string; readonly data: unknown } {
  const tried = candidates(import.meta.url).map((folder) => join(folder, name))
  for (const file of tried) {
    const text = readIfThere(file)
    if (text === undefined) continue
    try {
      return { file, data: parse(text) }
    } catch (cause) {
      throw new CliError(EXIT.internal, `${file} is not valid YAML: ${cause instanceof Error ? cause.message : cause}`, undefined, cause)
    }
  }
  throw new CliError(EXIT.internal, `culprit's own file knowledge/${name} is missing`, `looked for ${tried.join(' and ')}`)
}

/** The YAML files of a folder of knowledge/, in the order of their names. */
export function loadKnowledgeFolder(name: string): readonly { readonly file: string; readonly data: unknown }[] {
  const tried = candidates(import.meta.url).map((folder) => join(folder, name))
  const files = tried.map(yamlFilesOf).find((found) => found.length > 0)
  if (!files) throw new CliError(EXIT.internal, `culprit's own folder knowledge/${name} is missing`, `looked for ${tried.join(' and ')}`)
  return files.map((file) => loadKnowledge(join(name, file)))
}

function yamlFilesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .sort()
  } catch {
    return []
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return undefined
    throw new CliError(EXIT.internal, `cannot read ${file}`, undefined, cause)
  }
}

/** Who makes which chains, tables, sets and rules: knowledge/owners.yaml. */
export function loadOwners(): OwnerBook {
  const { file, data } = loadKnowledge('owners.yaml')
  return sound(file, readOwners(data))
}

/** What each cause is, in words: knowledge/causes.yaml. */
export function loadCauses(): CauseBook {
  const { file, data } = loadKnowledge('causes.yaml')
  return sound(file, readCauses(data))
}

function sound<T>(
  file: string,
  read: { readonly book: T; readonly problems: readonly { readonly at: string; readonly text: string }[] },
): T {
  const [first] = read.problems
  if (first) throw new CliError(EXIT.internal, `${file}: ${first.at}: ${first.text}`)
  return read.book
}
