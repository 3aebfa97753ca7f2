import { type Line, readLines } from './lines.ts'

/** A row of a table as `docker`, `kubectl` and `crictl` print it: cells by the header's name, upper case. */
export interface Row {
  readonly cells: Readonly<Record<string, string>>
  readonly line: number
}

/**
 * Reads tables whose columns begin where their header begins. Where pasting has squeezed the columns, cells are cut at two
 * spaces or more, and failing that at single ones. A table that follows another one, with its own header, is read too.
 * `isHeader` tells a header line.
 */
export function readColumns(
  content: string,
  isHeader: (line: string) => boolean,
): { readonly rows: Row[]; readonly others: readonly Line[] } {
  const rows: Row[] = []
  const others: Line[] = []
  let header: readonly Column[] | undefined
  for (const line of readLines(content)) {
    if (isHeader(line.text)) header = columnsOf(line.text)
    else if (header === undefined) others.push(line)
    else rows.push({ cells: cellsOf(line.text, header), line: line.number })
  }
  return { rows, others }
}

interface Column {
  readonly name: string
  readonly start: number
}

/** Names of two words (`CONTAINER ID`, `LAST SEEN`) stand with one space, columns with two or more; a lone space parts known names only. */
function columnsOf(header: string): readonly Column[] {
  const names =
    header.includes('  ') || header.includes('\t')
      ? /\S+(?: \S+)*/g
      : /(?:CONTAINER|NETWORK|POD|LAST|NOMINATED|READINESS|EXTERNAL|INTERNAL) ?\S+|\S+/g
  return [...header.matchAll(names)].map((found) => ({ name: found[0].toUpperCase(), start: found.index }))
}

function cellsOf(line: string, header: readonly Column[]): Readonly<Record<string, string>> {
  const aligned = header.every((column, i) => i === 0 || column.start >= line.length || /\s/.test(line[column.start - 1] as string))
  const cells: Record<string, string> = {}
  if (aligned) {
    for (const [i, column] of header.entries()) cells[column.name] = line.slice(column.start, header[i + 1]?.start).trim()
    return cells
  }
  const wide = line.trim().split(/\s{2,}|\t+/)
  const parts = wide.length >= header.length - 1 ? wide : line.trim().split(/\s+/)
  for (const [i, column] of header.entries()) cells[column.name] = parts[i] ?? ''
  return cells
}
