import type { CauseId } from '../../diagnose/causes/ids.ts'
import { type Block, heading, type Item, sourceText } from './block.ts'
import type { Diagnosed } from './diagnosed.ts'

const SHORT = 5

/** What it is not: a reason once, with all that it clears. */
export function ruledOutPart({ diagnosis: { ruledOut }, book }: Diagnosed, whole: boolean): readonly Block[] {
  if (ruledOut.length === 0) return []
  const title = (id: CauseId): string => `${book.get(id)?.title ?? id} (${id})`
  const groups = grouped(ruledOut, ({ because: [first] }) => `${first?.text} ${sourceText(first?.source)}`)
  const items = groups.map((group): Item => {
    const [{ because }] = group
    const named = whole ? group : group.slice(0, SHORT)
    const rest = group.length > named.length ? `; and ${group.length - named.length} more` : ''
    return {
      text: `${named.map(({ id }) => title(id)).join('; ')}${rest}: ${because[0]?.text ?? ''}`,
      source: sourceText(because[0]?.source),
    }
  })
  const left = ruledOut.length - groups.slice(0, SHORT).flat().length
  return [
    heading('Ruled out'),
    { kind: 'list', items: whole ? items : items.slice(0, SHORT) },
    ...(whole || left === 0 ? [] : [{ kind: 'text', text: `and ${left} more (-o markdown shows all)` } as const]),
  ]
}

/** What is claimed, and what speaks against it: a reason once, with all the claims that it answers. */
export function contradictionsPart({ diagnosis: { contradictions } }: Diagnosed): readonly Block[] {
  if (contradictions.length === 0) return []
  const parts = contradictions.map(({ text }) => {
    const at = text.lastIndexOf('" – ') + 1
    return at > 0 ? { claim: text.slice(0, at), reason: text.slice(at + 3) } : { claim: text, reason: '' }
  })
  const items = grouped(parts, ({ claim, reason }) => reason || claim).map((group): Item => {
    const claims = group.map(({ claim }) => claim).join('; ')
    return { text: group[0].reason === '' ? claims : `${claims} – ${group[0].reason}` }
  })
  return [heading('What the notes say, and the evidence contradicts'), { kind: 'list', items }]
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group) group.push(one)
    else groups.set(keyOf(one), [one])
  }
  return [...groups.values()]
}
