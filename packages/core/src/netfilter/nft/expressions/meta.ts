import type { MetaExpression } from '../expression.ts'
import { type JsonObject, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'

/** meta_key_is_unqualified() of meta.c: these stand without `meta` in a list. */
const UNQUALIFIED = new Set(['iif', 'oif', 'iifname', 'oifname', 'iifgroup', 'oifgroup'])
/** These may be written without `meta`. */
export const META_WORDS = [
  ...UNQUALIFIED,
  'mark',
  'iiftype',
  'oiftype',
  'skuid',
  'skgid',
  'nftrace',
  'rtclassid',
  'pkttype',
  'cpu',
  'cgroup',
  'ibrname',
  'obrname',
  'ibriport',
  'obriport',
]

export const readMeta = (cursor: Cursor, word: string): MetaExpression => ({ kind: 'meta', key: word === 'meta' ? cursor.name() : word })

export function metaFromJson(json: JsonObject): MetaExpression | undefined {
  const key = stringOf(json.key)
  return key === undefined ? undefined : { kind: 'meta', key }
}

export const printMeta = ({ key }: MetaExpression): string => (UNQUALIFIED.has(key) ? key : `meta ${key}`)
