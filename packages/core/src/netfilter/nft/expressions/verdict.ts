import type { Verdict } from '../expression.ts'
import { objectOf, stringOf } from '../json/json.ts'
import type { Cursor } from '../read/cursor.ts'

const VERDICTS = ['accept', 'drop', 'continue', 'return', 'jump', 'goto', 'queue'] as const
export const isVerdictWord = (text: string): text is Verdict['verdict'] => (VERDICTS as readonly string[]).includes(text)

/** A verdict, as a statement or as a map's data; a jump may bring its chain along: `jump { … }`. */
export function readVerdict(cursor: Cursor): Verdict {
  const verdict = cursor.oneOf(VERDICTS) ?? cursor.fail('a verdict')
  if (verdict !== 'jump' && verdict !== 'goto') return { kind: 'verdict', verdict }
  if (cursor.is('{')) return { kind: 'verdict', verdict, ...cursor.deeper(() => cursor.implicitChain(cursor)) }
  const chain = cursor.accept('$') ? definedName(cursor) : cursor.name()
  return { kind: 'verdict', verdict, chain }
}

function definedName(cursor: Cursor): string {
  const name = cursor.name()
  const defined = cursor.defines.get(name)
  return defined?.kind === 'value' ? defined.text : cursor.fail(`a chain for $${name}`)
}

export function verdictFromJson(verdict: Verdict['verdict'], json: unknown): Verdict {
  const chain = stringOf(objectOf(json).target) ?? (typeof json === 'string' ? json : undefined)
  return { kind: 'verdict', verdict, ...(chain !== undefined && { chain }) }
}

export function printVerdict({ verdict, chain, rules }: Verdict): string {
  if (rules) return `${verdict} {\n${rules.map((rule) => `\t\t\t${rule.text}\n`).join('')}\t\t}`
  return chain === undefined ? verdict : `${verdict} ${chain}`
}
