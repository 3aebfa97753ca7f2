import { escapeTerminal } from '../escape.ts'
import type { Style } from '../style.ts'
import type { Block, Tone } from './block.ts'
import { contentOf } from './content.ts'
import type { Diagnosed } from './diagnosed.ts'

/** A diagnosis for the terminal: the answer first, then why, the packet's way, what to do, and what it is not. Ends in a line end. */
export function diagnosisText(diagnosed: Diagnosed, style: Style, whole: boolean): string {
  return `${contentOf(diagnosed, whole)
    .flatMap((block) => linesOf(block, style))
    .join('\n')
    .replace(/^\n+/, '')}\n`
}

function linesOf(block: Block, style: Style): readonly string[] {
  const safe = escapeTerminal
  switch (block.kind) {
    case 'heading':
      return block.level === 1 ? [style.strong(safe(block.text))] : ['', style.strong(safe(block.text))]
    case 'text':
      return [toned(safe(block.text), block.tone, style)]
    case 'list':
      return block.items.map(({ text, source }) => `  ${safe(text)}${source === undefined ? '' : style.dim(`  ${safe(source)}`)}`)
    case 'commands':
      return block.lines.flatMap(({ command, note }) => [`  $ ${safe(command)}`, ...(note === '' ? [] : [style.dim(`    ${safe(note)}`)])])
    case 'lines':
      return block.lines.map((line) => `  ${safe(line)}`)
    case 'table':
      return tableLines(block.head, block.rows, style)
  }
}

function tableLines(head: readonly string[], rows: readonly (readonly string[])[], style: Style): readonly string[] {
  const safe = [head, ...rows].map((row) => row.map(escapeTerminal))
  const widths = head.map((_, i) => Math.max(...safe.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ')}`
  return safe.map((row, i) => (i === 0 ? style.dim(line(row)) : line(row)))
}

function toned(text: string, tone: Tone | undefined, style: Style): string {
  switch (tone) {
    case 'good':
      return style.good(text)
    case 'bad':
      return style.bad(text)
    case 'unsure':
      return style.unsure(text)
    default:
      return text
  }
}
