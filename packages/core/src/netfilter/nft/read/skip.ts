import type { Cursor } from './cursor.ts'

const BLOCK =
  /^[ \t]*(?:table|chain|set|map|flowtable|counter|quota|limit|ct (?:helper|timeout|expectation)|secmark|synproxy)\s+[^\n]*\{\s*(?:#[^\n]*)?$/

/**
 * Takes the rest of a statement that was not understood, and gives its text. Braces are followed over lines unless they
 * do not close, or something that begins a block of its own comes first: then only this line is lost.
 */
export function skipStatement(cursor: Cursor): string {
  const start = cursor.place()
  let depth = 0
  let lineEnd: { readonly pos: number; readonly line: number } | undefined
  for (;;) {
    const { token } = cursor
    if (token.kind === 'end' || (lineEnd && cursor.patience <= 0)) break
    if (depth === 0 && (token.kind === 'newline' || cursor.is(';') || cursor.is('}')))
      return cursor.source.slice(start.pos, token.start).trim()
    if (token.kind === 'newline') {
      lineEnd ??= cursor.place()
      if (beginsBlock(cursor)) break
    }
    if (cursor.is('{')) depth++
    else if (cursor.is('}')) depth--
    if (lineEnd) cursor.patience -= token.end - token.start + 1
    cursor.next()
  }
  if (lineEnd) cursor.reset(lineEnd)
  const end = lineEnd?.pos ?? cursor.token.start
  return cursor.source.slice(start.pos, end).trim()
}

function beginsBlock(cursor: Cursor): boolean {
  const from = cursor.token.start + 1
  const to = cursor.source.indexOf('\n', from)
  return BLOCK.test(cursor.source.slice(from, to < 0 ? Math.min(cursor.source.length, from + 400) : Math.min(to, from + 400)))
}

/** Takes everything up to the brace that closes the open block. */
export function skipBlock(cursor: Cursor): void {
  let depth = 0
  while (!cursor.atEnd()) {
    if (cursor.is('{')) depth++
    else if (cursor.is('}') && depth-- === 0) return
    cursor.next()
  }
}
