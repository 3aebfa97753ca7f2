import type { Counters } from '../ast.ts'
import { cleanLine, isRemark, readGap, withoutRemark } from './clean.ts'
import { type Columns, type Layout, readColumns, readCount, readLayout } from './columns.ts'
import { type Hint, readHint } from './hints.ts'
import { joinRow, MAX_LINES, type OpenRow } from './join.ts'

/** A chain as a list shows it, its rows not yet read as rules. */
export interface Block {
  readonly name: string
  readonly policy: string | undefined
  readonly counters: Counters | undefined
  readonly references: number | undefined
  readonly line: number
  /** The last command or heading above it; `fresh` where it stands between this chain and the one before. */
  readonly hint: Hint
  readonly fresh: boolean
  readonly rows: Row[]
}

export type Row =
  | { readonly kind: 'rule'; readonly columns: Columns; readonly line: number }
  /** A row cut down to counters, target and a remark. */
  | {
      readonly kind: 'summary'
      readonly number: number | undefined
      readonly counters: Counters
      readonly target: string
      readonly rest: string
      readonly line: number
    }
  | { readonly kind: 'gap'; readonly number: number | undefined; readonly text: string; readonly line: number }
  /** It begins as a row does, and does not go on as one. */
  | { readonly kind: 'broken'; readonly text: string; readonly line: number }

const CHAIN = /^\W*Chain\s+([^\s():]+)\s*(?:\(([^)]*)\)?)?\s*(.*)$/
const POLICY = /policy\s+(\w+)(?:\s+(\d+[KMGTP]?)\s+packets,?\s*(?:(\d+[KMGTP]?)\s*bytes)?)?/

const LINE_MAX = 8192
const TELLING = /chain|table|filter|nat|mangle|raw|security/i

/** Cuts a text into chains. Reads on through prose; lines that a terminal or a mail program broke are put together again (join.ts). */
export class BlockReader {
  readonly blocks: Block[] = []
  readonly #lines: readonly string[]
  #hint: Hint = {}
  #fresh = false
  #layout: Layout | undefined
  #open: OpenRow | undefined
  /** Nothing but blank lines and remarks stand between here and the chain's last row. */
  #near = false

  /** Where a terminal broke the rows: at the longest line that begins one. */
  readonly #width: number

  constructor(text: string) {
    this.#lines = text.split('\n')
    this.#width = this.#lines.reduce((longest, line) => (line.length > longest && beginsRow(line) ? line.length : longest), 1)
  }

  read(): readonly Block[] {
    if (!this.#lines.some((line) => line.includes('Chain'))) return []
    for (const [i, line] of this.#lines.entries()) {
      // before the first chain only what tells of one counts; no row is as long as a line of data may be
      if (line.length > LINE_MAX || (this.blocks.length === 0 && !TELLING.test(line))) continue
      this.#line(cleanLine(line), i)
    }
    this.#close()
    return this.blocks
  }

  #line(line: string, index: number): void {
    const number = index + 1
    if (line.trim() === '') this.#close()
    if (line.trim() === '' || this.#chain(line, index)) return
    const layout = readLayout(line)
    if (layout) {
      this.#close()
      this.#near = true
      this.#layout = layout
      return
    }
    const block = this.blocks.at(-1)
    const text = withoutRemark(line)
    if (block && this.#row(block, text, number)) {
      this.#near = true
      return
    }
    const hint = readHint(line)
    if (hint) {
      this.#close()
      this.#hint = hint.table ? { ...this.#hint, ...hint } : { ...this.#hint, backend: hint.backend }
      this.#fresh ||= hint.table !== undefined
      this.#near = false
      return
    }
    if (!block || isRemark(line)) return
    const gap = this.#near ? readGap(line, this.#layout?.numbers === true) : undefined
    if (gap) {
      this.#close()
      block.rows.push({ kind: 'gap', number: gap.number, text: line.trim(), line: number })
    } else this.#near = false
  }

  /** `Chain NAME (policy ACCEPT 0 packets, 0 bytes)`; a sentence that begins with the word is none. */
  #chain(line: string, index: number): boolean {
    const [, name, inside, behind] = CHAIN.exec(line) ?? []
    if (name === undefined) return false
    const told = inside !== undefined && /polic|reference|table/i.test(inside)
    if (!told && (behind !== '' || !readLayout(cleanLine(this.#lines[index + 1] ?? '')))) return false
    this.#close()
    const broken = inside !== undefined && !line.includes(')') ? `${inside} ${this.#lines[index + 1] ?? ''}` : (inside ?? '')
    const [, policy, packets, bytes] = POLICY.exec(broken) ?? []
    const references = /(\d+)\s+reference/.exec(broken)?.[1]
    const table = readHint(broken)?.table
    const counters = packets === undefined ? undefined : { packets: readCount(packets) ?? 0, bytes: readCount(bytes ?? '') ?? 0 }
    this.blocks.push({
      name,
      policy: policy?.toUpperCase(),
      counters,
      references: references === undefined ? undefined : Number(references),
      line: index + 1,
      hint: table ? { ...this.#hint, table } : this.#hint,
      fresh: this.#fresh || table !== undefined,
      rows: [],
    })
    this.#fresh = false
    this.#near = true
    this.#layout = undefined
    return true
  }

  /** True when the line is a row of the chain, or goes on with one. */
  #row(block: Block, text: string, line: number): boolean {
    if (this.#layout && !this.#layout.addresses) {
      const row = readSummary(text, this.#layout, line)
      if (row) block.rows.push(row)
      return row !== undefined
    }
    const columns = mayBeRow(text) ? (readColumns(text, this.#layout) ?? readColumns(text, undefined)) : undefined
    if (!columns && !beginsRow(text)) {
      if (!this.#open || readGap(text, this.#layout?.numbers === true) || readHint(text)) return false
      if (this.#open.tail.length < MAX_LINES) this.#open.tail.push(text)
      return true
    }
    this.#close()
    this.#open = { text, line, columns, layout: this.#layout, tail: [] }
    return true
  }

  #close(): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    const columns = joinRow(open, this.#width)
    const rows = this.blocks.at(-1)?.rows
    rows?.push(columns ? { kind: 'rule', columns, line: open.line } : { kind: 'broken', text: open.text.trim(), line: open.line })
  }
}

/** The option column where it belongs: a row, whole or cut short by a line break. */
const beginsRow = (text: string): boolean => text.length <= LINE_MAX && /^\s*(?:\S+\s+){1,5}(?:--|-!?f|!f)(?=\s|$)/.test(text)

/** Old ip6tables leave the option column empty; then the addresses tell. */
const mayBeRow = (text: string): boolean => beginsRow(text) || /:[\da-f]*:|anywhere|\w--\s/i.test(text)

function readSummary(text: string, layout: Layout, line: number): Row | undefined {
  const parts = /^\s*(\d+\s+)?(\d+[KMGTP]?)\s+(\d+[KMGTP]?)\s+([\w.:-]+)\s*(.*)$/.exec(text)
  if (!parts) return undefined
  const [, number, packets = '', bytes = '', target = '', rest = ''] = parts
  return {
    kind: 'summary',
    number: layout.numbers && number !== undefined ? Number(number) : undefined,
    counters: { packets: readCount(packets) ?? 0, bytes: readCount(bytes) ?? 0 },
    target,
    rest,
    line,
  }
}
