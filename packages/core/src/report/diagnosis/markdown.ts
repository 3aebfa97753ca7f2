import { escapeTerminal } from '../escape.ts'
import type { Block } from './block.ts'
import { contentOf } from './content.ts'
import type { Diagnosed } from './diagnosed.ts'

/** The whole incident report as Markdown (GitHub's). Nothing of the evidence becomes markup. */
export function diagnosisMarkdown(diagnosed: Diagnosed): string {
  return `${contentOf(diagnosed, true)
    .map(set)
    .filter((text) => text !== '')
    .join('\n\n')}\n`
}

/**
 * CommonMark: a backslash in front of punctuation makes it plain; ampersands and opening angle brackets as entities, so that no HTML comes of it; a
 * closing one is only read at the start, as a quotation.
 */
export const plain = (text: string): string =>
  escapeTerminal(text)
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/^(\s*)>/gm, '$1&gt;')

/** A fence that is longer than any run of backticks inside of it. */
function fenced(lines: readonly string[], language = ''): string {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, ...lines.map(escapeTerminal), fence].join('\n')
}

function set(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${plain(block.text)}`
    case 'text':
      return plain(block.text)
    case 'list':
      return block.items.map(({ text, source }) => `- ${plain(text)}${source === undefined ? '' : ` (${plain(source)})`}`).join('\n')
    case 'commands':
      return fenced(
        block.lines.flatMap(({ command, note }) => [...(note === '' ? [] : [`# ${note.replace(/\n/g, ' ')}`]), command]),
        'sh',
      )
    case 'lines':
      return fenced(block.lines)
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows]
        .map((row, i) => `| ${row.map((cell) => (i === 1 ? cell : plain(cell))).join(' | ')} |`)
        .join('\n')
  }
}
