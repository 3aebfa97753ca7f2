/** What the beginning of a JSON text shows without parsing it: keys by depth, and whether it is an array, an object or a line of JSON each. */
export interface JsonShape {
  readonly top: 'array' | 'object'
  /** Keys of the top object, or of the top array's objects. */
  readonly keys: ReadonlySet<string>
  /** Keys one level further down (`metainfo` in nft's, `metadata.name` in Kubernetes'). */
  readonly inner: ReadonlySet<string>
  /** The array or object holds nothing: `[]`, `{}`, `[{}]`. */
  readonly empty: boolean
  /** Several values one behind the other. */
  readonly lines: boolean
}

const LIMIT = 131_072

/** undefined: does not begin as a JSON array or object does. Tolerates a text that breaks off. */
export function jsonShape(text: string): JsonShape | undefined {
  const start = text.slice(0, 1000).search(/\S/)
  const opening = text[start]
  if (start < 0 || (opening !== '[' && opening !== '{')) return undefined
  if (!/^(?:\[\s*(?:[[{"\]]|$)|\{\s*(?:["}]|$))/.test(text.slice(start, start + 2000))) return undefined
  const top = opening === '[' ? 'array' : 'object'
  const wanted = top === 'array' ? 2 : 1
  const keys = new Set<string>()
  const inner = new Set<string>()
  let depth = 0
  let values = 0
  const end = Math.min(text.length, start + LIMIT)
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i)
    if (c === 34) {
      const close = endOfString(text, i, end)
      if (depth === wanted || depth === wanted + 1) {
        if (isKey(text, close + 1)) (depth === wanted ? keys : inner).add(text.slice(i + 1, close))
      }
      i = close
    } else if (c === 123 || c === 91) {
      if (depth === 0) values++
      depth++
    } else if (c === 125 || c === 93) depth--
  }
  return { top, keys, inner, empty: keys.size === 0 && /^[[{\s\]},]*$/.test(text.slice(start, end)), lines: values > 1 }
}

function endOfString(text: string, from: number, end: number): number {
  for (let i = from + 1; i < end; i++) {
    const c = text.charCodeAt(i)
    if (c === 92) i++
    else if (c === 34) return i
  }
  return end
}

function isKey(text: string, from: number): boolean {
  let i = from
  while (i < text.length && text.charCodeAt(i) <= 32) i++
  return text.charCodeAt(i) === 58
}
