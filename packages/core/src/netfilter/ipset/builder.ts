import type { Note, Source } from '../../facts/source.ts'
import type { Ipset, IpsetEntry } from './ast.ts'
import { setType, typeName } from './types.ts'

/** A set while it is being read. */
export interface SetBuilder {
  name: string
  type: string
  options: (readonly string[])[]
  entries: IpsetEntry[]
  complete: boolean
  readonly source: Source
}

/** Options of `create` without a value. */
const FLAGS = new Set(['counters', 'comment', 'forceadd', 'skbinfo', 'nomatch', 'wildcard'])
const IGNORED = new Set(['-exist', '-!'])

/** `hashsize 1024 counters` as [[`hashsize`, `1024`], [`counters`]]. */
export function createOptions(given: readonly string[]): (readonly string[])[] {
  const out: (readonly string[])[] = []
  for (let i = 0; i < given.length; i++) {
    const option = (given[i] as string).replace(/^--(?=\w)/, '')
    if (IGNORED.has(option)) continue
    if (option === '-4' || option === '-6') out.push(['family', option === '-4' ? 'inet' : 'inet6'])
    else if (FLAGS.has(option)) out.push([option])
    else out.push([option, given[++i] ?? ''].filter((word) => word !== ''))
  }
  return out
}

export const builder = (name: string, type: string, options: (readonly string[])[], source: Source): SetBuilder => ({
  name,
  type: typeName(type),
  options,
  entries: [],
  complete: true,
  source,
})

export const createText = (set: Pick<Ipset, 'name' | 'type' | 'options'>): string =>
  ['create', set.name, set.type, ...set.options.flat()].join(' ')

export function finish(set: SetBuilder, text?: string): Ipset {
  return {
    kind: 'ipset',
    name: set.name,
    type: set.type,
    family: familyOf(set),
    options: set.options,
    entries: set.entries,
    complete: set.complete,
    text: text ?? createText(set),
    source: set.source,
  }
}

/** The family that the kernel gives a set: `inet` where create names none; none for types that take both. */
function familyOf(set: SetBuilder): 'inet' | 'inet6' | undefined {
  if (set.type === 'list:set' || setType(set.type)?.family === 'neutral') return undefined
  const given = set.options.find(([option]) => option === 'family')?.[1]
  return given === 'inet6' || given === 'ipv6' ? 'inet6' : 'inet'
}

export const notUnderstood = (text: string, raw: string, source: Source): Note => ({ kind: 'not-understood', text, raw, source })
