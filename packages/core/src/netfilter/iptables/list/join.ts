import { type Columns, type Layout, readColumns } from './columns.ts'
import { readExtensions } from './extension-text.ts'

/** A row and the lines behind it that may be the rest of it. */
export interface OpenRow {
  readonly text: string
  readonly line: number
  readonly columns: Columns | undefined
  readonly layout: Layout | undefined
  readonly tail: string[]
}

/** More lines than a narrow terminal makes of the longest row. */
export const MAX_LINES = 8

type Join = (before: string, after: string) => string

/**
 * Puts a row together that a terminal, an editor or a mail program broke: of all ways to set its lines on one another the longest that leaves
 * nothing unexplained. undefined: it has not all its columns.
 */
export function joinRow({ text, columns, layout, tail }: OpenRow, width: number): Columns | undefined {
  // a full line was cut in the middle of a word; a shorter one between words, or its last blank is lost
  const atWidth: Join = (before, after) => (before.length % width === 0 ? before + after : `${before} ${after.trimStart()}`)
  const joins: readonly Join[] = [
    atWidth,
    (before, after) => before + after,
    (before, after) => before + after.trimStart(),
    (before, after) => `${before} ${after.trimStart()}`,
  ]
  let fallback = columns && hasAddresses(columns) ? columns : undefined
  for (let lines = tail.length; lines > 0; lines--) {
    for (const join of joins) {
      const joined = readColumns(tail.slice(0, lines).reduce(join, text), layout)
      if (!joined || !hasAddresses(joined)) continue
      if (isExplained(joined)) return joined
      fallback ??= joined
    }
  }
  return fallback ?? columns
}

function isExplained(columns: Columns): boolean {
  const { unknown, hidesMatches, hidesTarget } = readExtensions(columns.rest, columns.target ?? '')
  return unknown.length === 0 && !hidesMatches && !hidesTarget
}

const ADDRESS = /^!?(\d{1,3}(\.\d{1,3}){3}(\/[\d.]+)?|[\da-f]*:[\da-f.:]*(\/[\da-f:]+)?|anywhere|localhost)$/i
const hasAddresses = ({ source, destination }: Columns): boolean => ADDRESS.test(source) && ADDRESS.test(destination)
