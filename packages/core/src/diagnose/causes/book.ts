import { CAUSE_IDS, type CauseId } from './ids.ts'

/** knowledge/causes.yaml as data: what each cause is, in words. */
export type CauseBook = ReadonlyMap<CauseId, CauseText>

export interface CauseText {
  readonly id: CauseId
  /** Short, as the headline of a report. */
  readonly title: string
  readonly what: string
  /** How it usually shows. */
  readonly seen: string
  /** How it comes to be. */
  readonly why: string
  readonly proves: string
  readonly excludes: string
  /** Commands to look at, most telling first; words in capitals are to be filled in. */
  readonly look: readonly string[]
  /** Causes that are mere consequences of this one where both are found for the same host or object. */
  readonly hides: readonly CauseId[]
}

/** Something in the file that cannot be used, told with its place in it. */
export interface CauseProblem {
  readonly at: string
  readonly text: string
}

const TEXTS = ['title', 'what', 'seen', 'why', 'proves', 'excludes'] as const
const KEYS = new Set<string>(['id', ...TEXTS, 'look', 'hides'])

/** Reads the parsed YAML. Whatever is wrong is listed; the book holds the rest. */
export function readCauses(data: unknown): { readonly book: CauseBook; readonly problems: readonly CauseProblem[] } {
  const problems: CauseProblem[] = []
  const book = new Map<CauseId, CauseText>()
  const entries = record(data).causes
  if (!Array.isArray(entries)) problems.push({ at: 'causes', text: 'must be a list' })
  for (const [i, entry] of list(entries).entries()) {
    const text = readCause(record(entry), `causes[${i}]`, problems)
    if (text && book.has(text.id)) problems.push({ at: text.id, text: 'an id must be there once' })
    else if (text) book.set(text.id, text)
  }
  for (const id of CAUSE_IDS) if (!book.has(id)) problems.push({ at: 'causes', text: `${id} is missing` })
  return { book, problems: [...problems, ...circles(book)] }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const isCauseId = (value: unknown): value is CauseId => (CAUSE_IDS as readonly unknown[]).includes(value)

function readCause(entry: Readonly<Record<string, unknown>>, at: string, problems: CauseProblem[]): CauseText | undefined {
  const { id } = entry
  if (!isCauseId(id)) {
    problems.push({ at, text: `${typeof id === 'string' ? id : 'id'} is no cause that ids.ts knows` })
    return undefined
  }
  for (const key of Object.keys(entry)) if (!KEYS.has(key)) problems.push({ at: id, text: `${key} means nothing here` })
  const text = (key: (typeof TEXTS)[number]): string => {
    const value = entry[key]
    if (typeof value === 'string' && value !== '') return value
    problems.push({ at: id, text: `${key} must be a text` })
    return ''
  }
  const look = list(entry.look).filter((command): command is string => typeof command === 'string' && command !== '')
  if (look.length === 0 || look.length !== list(entry.look).length) problems.push({ at: id, text: 'look must list commands' })
  const hides = list(entry.hides)
  for (const hidden of hides) if (!isCauseId(hidden)) problems.push({ at: id, text: `hides ${String(hidden)}, which is no cause` })
  return {
    id,
    title: text('title'),
    what: text('what'),
    seen: text('seen'),
    why: text('why'),
    proves: text('proves'),
    excludes: text('excludes'),
    look,
    hides: hides.filter(isCauseId),
  }
}

/** Two causes that would hide each other: neither were told. */
function circles(book: CauseBook): readonly CauseProblem[] {
  return [...book.values()].flatMap(({ id, hides }) =>
    hides.filter((other) => book.get(other)?.hides.includes(id)).map((other) => ({ at: id, text: `and ${other} hide each other` })),
  )
}
