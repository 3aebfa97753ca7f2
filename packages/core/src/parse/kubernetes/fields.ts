/** Members of objects whose shape nobody vouches for. */
export type Fields = Readonly<Record<string, unknown>>

export const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const string = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
export const integer = (value: unknown): number | undefined => (typeof value === 'number' && Number.isInteger(value) ? value : undefined)
export const strings = (value: unknown): readonly string[] => items(value).filter((item): item is string => typeof item === 'string')

export function labelsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields(value)).flatMap(([key, label]) => (typeof label === 'string' ? [[key, label]] : [])))
}

/** A port by number, or by the name of a container's port. */
export const portOrName = (value: unknown): number | string | undefined => {
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value)
  return typeof value === 'number' || typeof value === 'string' ? value : undefined
}

/** Kubernetes' protocol names: TCP when left out. */
export const protocolOf = (value: unknown): string => (typeof value === 'string' ? value : 'TCP').toLowerCase()
