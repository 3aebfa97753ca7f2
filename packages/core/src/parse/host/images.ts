import { readColumns } from '../columns.ts'
import { readJson } from '../json.ts'
import { isObject, list, looksLikeJson, objectsOf, strings, text } from '../json-fields.ts'
import type { HostState, LocalImage } from './state.ts'

/** `docker images`, `crictl images`: the table, or JSON. */
export function readImages(content: string, file: string): HostState {
  return { kind: 'images', images: looksLikeJson(content) ? fromJson(content, file) : fromTable(content), source: { file, line: 1 } }
}

function fromTable(content: string): readonly LocalImage[] {
  const { rows } = readColumns(content, (line) => /^\s*(?:REPOSITORY|IMAGE)\s+TAG\b/.test(line))
  return rows.map(({ cells }) => ({ repository: cells.REPOSITORY ?? cells.IMAGE ?? '', tag: cells.TAG ?? '' }))
}

/** crictl's `{"images": [{"repoTags": […]}]}`; docker's lines of `{"Repository": …, "Tag": …}`; `docker image inspect`'s RepoTags. */
function fromJson(content: string, file: string): readonly LocalImage[] {
  return objectsOf(readJson(content, file)).flatMap(({ value }) => {
    const many = list(value, 'images').filter(isObject)
    const tagged = [value, ...many].flatMap((one) => [...strings(one, 'repoTags'), ...strings(one, 'RepoTags')]).map(split)
    const repository = text(value, 'Repository')
    return repository === undefined ? tagged : [...tagged, { repository, tag: text(value, 'Tag') ?? 'latest' }]
  })
}

/** `host:5000/redis:1.2.0` → repository and tag; the port of a registry is no tag. */
export function split(reference: string): LocalImage {
  const plain = reference.replace(/@sha256:[0-9a-f]+$/, '')
  const colon = plain.lastIndexOf(':')
  return colon > plain.lastIndexOf('/')
    ? { repository: plain.slice(0, colon), tag: plain.slice(colon + 1) }
    : { repository: plain, tag: 'latest' }
}

/** Answers of a registry (OCI distribution): `/v2/_catalog` and `/v2/NAME/tags/list`. */
export function readRegistry(content: string, file: string): HostState {
  const objects = objectsOf(readJson(content, file))
  const catalogues = objects.filter(({ value }) => Array.isArray(value.repositories))
  return {
    kind: 'registry',
    repositories: catalogues.length === 0 ? undefined : catalogues.flatMap(({ value }) => strings(value, 'repositories')),
    tags: objects.flatMap(({ value }) => {
      const name = text(value, 'name')
      return name === undefined || value.tags === undefined ? [] : [{ name, tags: strings(value, 'tags') }]
    }),
    source: { file, line: objects[0]?.line || 1 },
  }
}
