import type { NftRule } from '../ast.ts'
import type { Statement } from '../statement.ts'
import { printStatement, readStatement } from '../statements/dispatch.ts'
import { type Cursor, ReadProblem } from './cursor.ts'
import { skipStatement } from './skip.ts'

export type RuleDraft = Omit<NftRule, 'number'>

/** Reads a rule up to the end of its line. What is not understood becomes an opaque statement; `problem` hears of it. */
export function readRule(cursor: Cursor, problem: (text: string, line: number, raw: string) => void): RuleDraft {
  const { line } = cursor
  const from = cursor.place().pos
  const statements: Statement[] = []
  const opaque: string[] = []
  let comment: string | undefined
  while (!cursor.atLineEnd()) {
    if (cursor.is('comment') && cursor.second().kind === 'string') {
      cursor.next()
      comment = cursor.name()
      continue
    }
    const start = cursor.place()
    try {
      statements.push(readStatement(cursor))
    } catch (error) {
      if (!(error instanceof ReadProblem)) throw error
      cursor.reset(start)
      const raw = skipStatement(cursor)
      problem(error.message, error.line, raw)
      const { text, comment: trailing } = splitComment(raw)
      comment ??= trailing
      statements.push({ kind: 'opaque', text })
      opaque.push(text)
    }
  }
  const rule = ruleOf(statements, { line, opaque, comment, handle: cursor.remark('handle') })
  return spelled(rule, cursor.source.slice(from, cursor.end))
}

/** What was read is printed back as it was; over several lines, or with defines in it, as nft lists it. */
function spelled(rule: RuleDraft, source: string): RuleDraft {
  if (source.includes('\n') || source.includes('$')) return rule
  const spelling = source.replace(/\s+/g, ' ')
  return spelling === rule.text ? rule : { ...rule, text: spelling, spelling }
}

function splitComment(raw: string): { readonly text: string; readonly comment: string | undefined } {
  const flat = raw.replace(/\s+/g, ' ')
  const found = / comment "([^"]*)"$/.exec(flat)
  return found ? { text: flat.slice(0, found.index), comment: found[1] } : { text: flat, comment: undefined }
}

export function ruleOf(
  statements: readonly Statement[],
  beside: {
    readonly line: number
    readonly opaque: readonly string[]
    readonly comment: string | undefined
    readonly handle: number | undefined
  },
): RuleDraft {
  const { line, opaque, comment, handle } = beside
  const text = ruleText(statements, comment).replace(/\s*\n\s*/g, ' ')
  return {
    kind: 'rule',
    statements,
    opaque,
    text,
    line,
    ...(handle !== undefined && { handle }),
    ...(comment !== undefined && { comment }),
  }
}

/** As nft prints it; a `jump { … }` runs over lines. */
export function ruleText(statements: readonly Statement[], comment: string | undefined): string {
  const parts = statements.map(printStatement)
  if (comment !== undefined) parts.push(`comment "${comment}"`)
  return parts.join(' ')
}
