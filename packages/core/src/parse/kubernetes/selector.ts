import { fields, items, labelsOf, string, strings } from './fields.ts'

/** A LabelSelector. An empty one selects everything. */
export interface LabelSelector {
  readonly labels: Readonly<Record<string, string>>
  readonly expressions: readonly { readonly key: string; readonly operator: string; readonly values: readonly string[] }[]
}

export function readSelector(value: unknown): LabelSelector | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { matchLabels, matchExpressions } = fields(value)
  const expressions = items(matchExpressions).flatMap((item) => {
    const { key, operator, values } = fields(item)
    return typeof key === 'string' ? [{ key, operator: string(operator) ?? 'In', values: strings(values) }] : []
  })
  return { labels: labelsOf(matchLabels), expressions }
}

/** apimachinery's labels.Selector.Matches; undefined for an operator that is not known. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean | undefined {
  for (const [key, value] of Object.entries(selector.labels)) if (labels[key] !== value) return false
  for (const { key, operator, values } of selector.expressions) {
    const present = Object.hasOwn(labels, key)
    const listed = present && values.includes(labels[key] as string)
    if (
      operator === 'In'
        ? !listed
        : operator === 'NotIn'
          ? listed
          : operator === 'Exists'
            ? !present
            : operator === 'DoesNotExist'
              ? present
              : false
    )
      return false
    if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator)) return undefined
  }
  return true
}
