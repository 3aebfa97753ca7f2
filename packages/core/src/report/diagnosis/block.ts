import type { Source } from '../../facts/source.ts'

/** A report as blocks, before it is set as text, Markdown or HTML. Strings are unescaped: whoever sets them escapes them. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'list'; readonly items: readonly Item[] }
  /** Commands, one a line; '' where the note of the one before is meant. */
  | { readonly kind: 'commands'; readonly lines: readonly { readonly command: string; readonly note: string }[] }
  /** Lines as they stand: a packet's way. */
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }

export type Tone = 'good' | 'bad' | 'unsure' | 'plain'

export interface Item {
  readonly text: string
  /** `file:line` */
  readonly source?: string | undefined
}

export const heading = (text: string, level: 1 | 2 | 3 = 2): Block => ({ kind: 'heading', level, text })
export const sourceText = (source: Source | undefined): string | undefined => source && `${source.file}:${source.line}`
