import type { Json, JsonObject, JsonText } from './json.ts'

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Members as the readers want them: undefined where missing or of another kind. Numbers written as text are taken for numbers. */
export const text = (object: JsonObject, key: string): string | undefined => {
  const value = object[key]
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

export const number = (object: JsonObject, key: string): number | undefined => {
  const value = object[key]
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^(?:0x[0-9a-fA-F]+|-?\d+)$/.test(value) ? Number(value) : undefined
}

/** iproute2 prints `"router":null` for a flag that is set, newer versions `true`. */
export const flag = (object: JsonObject, key: string): boolean => Object.hasOwn(object, key) && object[key] !== false

export const object = (from: JsonObject, key: string): JsonObject | undefined => {
  const value = from[key]
  return isObject(value) ? value : undefined
}

export const list = (from: JsonObject, key: string): readonly Json[] => {
  const value = from[key]
  return Array.isArray(value) ? value : []
}

export const strings = (from: JsonObject, key: string): readonly string[] => list(from, key).filter((item) => typeof item === 'string')

export interface Located {
  readonly value: JsonObject
  readonly line: number
}

/** The objects of a list output: elements of top-level arrays, and single top-level objects. Empty ones (entries that ip filtered out) are skipped. */
export function objectsOf(json: JsonText): Located[] {
  const out: Located[] = []
  const visit = (value: Json) => {
    if (isObject(value) && Object.keys(value).length > 0) out.push({ value, line: json.lineOf(value) })
  }
  for (const document of json.documents) {
    if (Array.isArray(document)) for (const element of document) visit(element)
    else visit(document)
  }
  return out
}

/** A line that begins as a JSON list or object; the text forms have none (`[NEW]`, `[::]:80` and a log's time stamp are not). */
export function looksLikeJson(content: string): boolean {
  const head = content.slice(0, 4000)
  const at = head.search(/^[ \t]*(?:\[\s*(?:[[{\]]|$)|\{)/m)
  // Behind other lines a bracket alone is no sign: there must be a member, or an empty value.
  return at === 0 || (at > 0 && /^\s*[[{][\s[{]*(?:"[^"\n]*"\s*:|[\]}])/.test(head.slice(at)))
}
