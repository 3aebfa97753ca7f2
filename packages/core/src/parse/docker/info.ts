import { readJson } from '../json.ts'
import { isObject, looksLikeJson, text } from '../json-fields.ts'
import { readLines } from '../lines.ts'

/**
 * `docker info` and `docker version` as dotted keys in lower case, `server.server version` → `26.1.5`: both texts are trees by indentation.
 * JSON gives the top-level scalars.
 */
export function readDockerInfo(content: string, file: string): ReadonlyMap<string, { readonly value: string; readonly line: number }> {
  const values = new Map<string, { readonly value: string; readonly line: number }>()
  if (looksLikeJson(content)) {
    const json = readJson(content, file)
    for (const document of json.documents) {
      if (!isObject(document)) continue
      for (const key of Object.keys(document)) {
        const value = text(document, key)
        if (value !== undefined) values.set(key.toLowerCase(), { value, line: json.lineOf(document) })
      }
    }
    return values
  }
  const path: { readonly indent: number; readonly key: string }[] = []
  for (const { text: line, number } of readLines(content)) {
    const found = /^(\s*)([^:]+?):(?:\s+(.*))?$/.exec(line)
    if (!found) continue
    const indent = found[1]?.length ?? 0
    while (path.length > 0 && (path.at(-1)?.indent ?? 0) >= indent) path.pop()
    path.push({ indent, key: (found[2] ?? '').toLowerCase() })
    const value = found[3]?.trim()
    if (value) values.set(path.map((step) => step.key).join('.'), { value, line: number })
  }
  return values
}
