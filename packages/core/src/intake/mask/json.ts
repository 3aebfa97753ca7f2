import { isNetworkVariable, isSecretName, MASK } from './secrets.ts'

type Text = (text: string) => string

/** Masks the values of a JSON text by their keys; undefined when it is not JSON. Several documents one behind the other, a line each, are taken. */
export function maskJson(text: string, maskText: Text): string | undefined {
  const whole = parse(text)
  if (whole !== undefined) return `${JSON.stringify(mask(whole.value, maskText), null, indentOf(text))}\n`
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const values = lines.map(parse)
  if (lines.length === 0 || values.some((value) => value === undefined)) return undefined
  return values.map((value) => `${JSON.stringify(mask(value?.value, maskText))}\n`).join('')
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** As it was: on one line, or spread over lines so that facts have lines of their own. */
const indentOf = (text: string): number => (/\n[ \t]/.test(text.slice(0, 2000)) ? 2 : 0)

type Fields = Readonly<Record<string, unknown>>

function mask(value: unknown, maskText: Text): unknown {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map((item) => mask(item, maskText))
  if (value === null || typeof value !== 'object') return value
  const fields = value as Fields
  if (fields.kind === 'Secret') return maskSecret(fields, maskText)
  return Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, maskField(key, item, maskText)]))
}

function maskField(key: string, value: unknown, maskText: Text): unknown {
  if ((key === 'Env' || key === 'env' || key === 'envs') && Array.isArray(value)) return value.map((item) => maskVariable(item, maskText))
  // A copy of the object as it was applied, its environment included.
  if (key === 'kubectl.kubernetes.io/last-applied-configuration') return MASK
  if (isSecretName(key) && (typeof value === 'string' || typeof value === 'number')) return MASK
  if (/^auths?$/.test(key) && typeof value === 'object') return MASK
  return mask(value, maskText)
}

/** `NAME=value` (Docker), `{ name, value }` (Kubernetes), `{ key, value }` (CRI). */
function maskVariable(item: unknown, maskText: Text): unknown {
  if (typeof item === 'string') {
    const name = item.slice(0, Math.max(0, item.indexOf('=')))
    return isNetworkVariable(name) ? item : `${name}=${MASK}`
  }
  if (item === null || typeof item !== 'object') return MASK
  const fields = item as Fields
  const name = String(fields.name ?? fields.key ?? '')
  if (!('value' in fields) || isNetworkVariable(name)) return mask(item, maskText)
  return { ...fields, value: MASK }
}

/** Its name and type may matter; its contents never. */
function maskSecret(fields: Fields, maskText: Text): unknown {
  const emptied = (part: unknown): unknown =>
    part !== null && typeof part === 'object' ? Object.fromEntries(Object.keys(part).map((key) => [key, MASK])) : part
  return {
    ...(mask({ ...fields, kind: undefined, data: undefined, stringData: undefined }, maskText) as Fields),
    kind: 'Secret',
    ...('data' in fields && { data: emptied(fields.data) }),
    ...('stringData' in fields && { stringData: emptied(fields.stringData) }),
  }
}
