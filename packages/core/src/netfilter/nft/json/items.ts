import { isObject, type JsonObject, objectOf } from './json.ts'

export interface JsonItem {
  readonly json: JsonObject
  readonly line: number
}

const MAX_NESTING = 100

/**
 * The members of `{"nftables": [ … ]}`, each with the line it begins on. Text that is cut off gives what came before the
 * cut; a member nested without measure, or no JSON, is named in `broken`.
 */
export function itemsOf(text: string): {
  readonly items: readonly JsonItem[]
  readonly broken: readonly { readonly line: number; readonly raw: string }[]
} {
  const items: JsonItem[] = []
  const broken: { line: number; raw: string }[] = []
  const open = text.indexOf('[')
  let line = 1
  for (let i = 0; i < open; i++) if (text.charCodeAt(i) === 10) line++
  let depth = 0
  let deepest = 0
  let start = -1
  let startLine = line
  for (let i = open + 1; open >= 0 && i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 10) line++
    else if (code === 34) i = stringEnd(text, i)
    else if (code === 123 || code === 91) {
      if (depth++ === 0) {
        start = i
        startLine = line
        deepest = 0
      }
      if (depth > deepest) deepest = depth
    } else if (code === 125 || code === 93) {
      if (depth-- === 0) return { items, broken }
      if (depth === 0) {
        const raw = text.slice(start, i + 1)
        const json = deepest > MAX_NESTING ? undefined : parsed(raw)
        if (json) items.push({ json, line: startLine })
        else broken.push({ line: startLine, raw: raw.slice(0, 200) })
      }
    }
  }
  broken.push({ line, raw: text.slice(Math.max(0, start), Math.max(0, start) + 200) })
  return { items, broken }
}

function stringEnd(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34) return i
  }
  return text.length
}

function parsed(raw: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(raw)
    return isObject(json) ? objectOf(json) : undefined
  } catch {
    return undefined
  }
}
