/** Looks into parsed JSON without trusting it. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
export const stringOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number'
    ? value
    : typeof value === 'string' && value !== '' && Number.isFinite(Number(value))
      ? Number(value)
      : undefined
export const wordsOf = (value: unknown): string[] => listOf(value).flatMap((item) => stringOf(item) ?? [])

/** libnftables-json wraps every node in an object of one key; a rule's element may have a second, `comment`. */
export function tagOf(value: unknown): readonly [tag: string, body: unknown] | undefined {
  if (!isObject(value)) return undefined
  const [first] = Object.entries(value)
  return first
}
