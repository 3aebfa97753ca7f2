import type { Counters } from '../ast.ts'
import { cleanLine, isRemark, readGap, withoutRemark } from './clean.ts'
import { type Columns, type Layout, readColumns, readCount, readLayout } from './columns.ts'
import { readExtensions } from './extension-text.ts'
import { type Hint, readHint } from './hints.ts'

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

/** A row that is still open: the next line may be the rest of it. */
interface Open {
  text: string
  readonly line: number
  columns: Columns | undefined
}

/** Cuts a text into chains. Reads on through prose; lines that a terminal or a mail program broke are put together again. */
export class BlockReader {
  readonly blocks: Block[] = []
  readonly #lines: readonly string[]
  #hint: Hint = {}
  #fresh = false
  #layout: Layout | undefined
  #open: Open | undefined

  constructor(text: string) {
    this.#lines = text.split('\n').map(cleanLine)
  }

  read(): readonly Block[] {
    for (let i = 0; i < this.#lines.length; i++) this.#line(this.#lines[i] ?? '', i)
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
      this.#layout = layout
      return
    }
    const block = this.blocks.at(-1)
    const text = withoutRemark(line)
    if (block && this.#row(block, text, number)) return
    const hint = readHint(line)
    if (hint) {
      this.#close()
      this.#hint = hint.table ? { ...this.#hint, ...hint } : { ...this.#hint, backend: hint.backend }
      this.#fresh ||= hint.table !== undefined
      return
    }
    if (!block || isRemark(line)) return
    const gap = this.#fresh ? undefined : readGap(line)
    if (gap) {
      this.#close()
      block.rows.push({ kind: 'gap', number: gap.number, text: line.trim(), line: number })
    }
  }

  /** `Chain NAME (policy ACCEPT 0 packets, 0 bytes)`; a sentence that begins with the word is none. */
  #chain(line: string, index: number): boolean {
    const [, name, inside, behind] = CHAIN.exec(line) ?? []
    if (name === undefined) return false
    const told = inside !== undefined && /polic|reference|table/i.test(inside)
    if (!told && (behind !== '' || !readLayout(this.#lines[index + 1] ?? ''))) return false
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
    if (this.#continues(text)) return true
    const columns = readColumns(text, this.#layout) ?? readColumns(text, undefined)
    if (!columns && !beginsRow(text)) return false
    this.#close()
    this.#open = { text, line, columns }
    return true
  }

  /** Is the line the rest of the open row? Cut in the middle of a word it is set on directly, else with a blank. */
  #continues(text: string): boolean {
    const open = this.#open
    if (!open) return false
    const whole = open.columns !== undefined && hasAddresses(open.columns)
    if (whole && readColumns(text, this.#layout)) return false
    for (const joined of [open.text + text.replace(/^\s+/, ''), `${open.text} ${text.trim()}`]) {
      const columns = readColumns(joined, this.#layout)
      if (!columns || !hasAddresses(columns)) continue
      if (!whole || explained(columns)) {
        this.#open = { text: joined, line: open.line, columns }
        return true
      }
    }
    return false
  }

  #close(): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    const rows = this.blocks.at(-1)?.rows
    rows?.push(
      open.columns ? { kind: 'rule', columns: open.columns, line: open.line } : { kind: 'broken', text: open.text.trim(), line: open.line },
    )
  }
}

const explained = (columns: Columns): boolean => readExtensions(columns.rest, columns.target ?? '').unknown.length === 0
const hasAddresses = ({ source, destination }: Columns): boolean =>
  /[\d.:]|anywhere|localhost/.test(source) && /^!?([\d.]+(\/[\d.]+)?|[\da-f:.]+(\/\d+)?|anywhere|localhost)$/i.test(destination)

/** Counters and a target, or the option column where it belongs: a row that a line break cut short. */
function beginsRow(text: string): boolean {
  const words = text.trim().split(/\s+/)
  if (words.length < 3) return false
  return words.slice(1, 6).some((word) => word === '--' || word === '-f' || word === '!f')
}

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
