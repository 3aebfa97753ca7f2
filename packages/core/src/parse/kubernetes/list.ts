/** A value as JSON or YAML gave it, before it is known to be an object of Kubernetes. */
export interface Located {
  readonly value: unknown
  readonly line: number
}

/** `PodList` → `Pod`; a plain `List` does not tell. */
export const itemKind = (kind: unknown): string | undefined =>
  typeof kind === 'string' && kind.length > 4 && kind.endsWith('List') ? kind.slice(0, -4) : undefined

/** Items of a typed list do not repeat kind and apiVersion. */
export function complete<T extends object>(value: T, kind: string | undefined, apiVersion: string | undefined): T {
  if (kind === undefined || 'kind' in value) return value
  return { ...(apiVersion !== undefined && { apiVersion }), kind, ...value }
}
