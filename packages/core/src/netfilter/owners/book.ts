/** knowledge/owners.yaml as data: who makes which chains, tables, sets and rules. */
export interface OwnerBook {
  /** First match wins, from the top. */
  readonly owners: readonly Owner[]
  readonly builtin: Owner
  readonly administrator: Owner
}

export interface Owner {
  readonly id: string
  readonly name: string
  /** The owner writes these again by itself: an edit would be lost (decision 8 of the design). */
  readonly rewritten: boolean
  /** What brings them back after a reboot. */
  readonly persists: string
  /** Where the same thing is changed to last. */
  readonly change: string
  readonly tables: readonly Pattern[]
  readonly chains: readonly Pattern[]
  readonly sets: readonly Pattern[]
  readonly rules: readonly Pattern[]
}

export const SUBJECTS = ['service', 'endpoint', 'container', 'network', 'interface', 'policy', 'pod-firewall', 'hostport', 'named'] as const
/** How the object that something is for is found. */
export type SubjectRule = (typeof SUBJECTS)[number]

export interface Pattern {
  /** Over the whole name, or the whole text of a rule. `<docker-bridge>` is still to be replaced. */
  readonly match: string
  readonly purpose: string
  readonly table?: string
  readonly chain?: string
  readonly family?: string
  readonly netns?: string
  /** A chain that must be in the same table. */
  readonly with?: string
  readonly subject?: SubjectRule
  readonly rewritten?: boolean
  readonly change?: string
}

/** Something in the file that cannot be used, told with its place in it. */
export interface BookProblem {
  readonly at: string
  readonly text: string
}

const EXPRESSIONS = ['match', 'table', 'chain', 'family', 'netns', 'with'] as const
const OWNER_KEYS = new Set(['id', 'name', 'rewritten', 'persists', 'change', 'tables', 'chains', 'sets', 'rules'])
const PATTERN_KEYS = new Set<string>([...EXPRESSIONS, 'purpose', 'subject', 'rewritten', 'change'])

/** Reads the parsed YAML. Whatever is wrong is listed; the book holds the rest. */
export function readOwners(data: unknown): { readonly book: OwnerBook; readonly problems: readonly BookProblem[] } {
  const problems: BookProblem[] = []
  const root = record(data)
  if (!Array.isArray(root.owners)) problems.push({ at: 'owners', text: 'must be a list' })
  const owners = list(root.owners).map((entry, i) => readOwner(entry, `owners[${i}]`, problems))
  const ids = owners.map((owner) => owner.id)
  for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) problems.push({ at: `owners ${id}`, text: 'an id must be there once' })
  const builtin = readOwner(root.builtin, 'builtin', problems)
  return { book: { owners, builtin, administrator: readOwner(root.administrator, 'administrator', problems) }, problems }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function readOwner(data: unknown, at: string, problems: BookProblem[]): Owner {
  const entry = record(data)
  const id = text(entry, 'id', at, problems)
  const where = id === '' ? at : id
  if (typeof entry.rewritten !== 'boolean') problems.push({ at: where, text: 'rewritten must be true or false' })
  for (const key of Object.keys(entry)) if (!OWNER_KEYS.has(key)) problems.push({ at: where, text: `${key} means nothing here` })
  const patterns = (key: string): readonly Pattern[] =>
    list(entry[key]).flatMap((item, i) => readPattern(record(item), `${where}.${key}[${i}]`, problems))
  return {
    id,
    name: text(entry, 'name', where, problems),
    rewritten: entry.rewritten === true,
    persists: text(entry, 'persists', where, problems),
    change: text(entry, 'change', where, problems),
    tables: patterns('tables'),
    chains: patterns('chains'),
    sets: patterns('sets'),
    rules: patterns('rules'),
  }
}

function text(entry: Readonly<Record<string, unknown>>, key: string, at: string, problems: BookProblem[]): string {
  const value = entry[key]
  if (typeof value === 'string' && value !== '') return value
  problems.push({ at, text: `${key} must be a text` })
  return ''
}

function readPattern(entry: Readonly<Record<string, unknown>>, at: string, problems: BookProblem[]): readonly Pattern[] {
  const before = problems.length
  text(entry, 'match', at, problems)
  text(entry, 'purpose', at, problems)
  for (const key of Object.keys(entry)) if (!PATTERN_KEYS.has(key)) problems.push({ at, text: `${key} means nothing here` })
  for (const key of EXPRESSIONS) {
    const value = entry[key]
    if (value === undefined) continue
    const trouble = typeof value === 'string' ? troubleOf(value) : 'must be a text'
    if (trouble) problems.push({ at, text: `${key}: ${trouble}` })
  }
  if (entry.subject !== undefined && !(SUBJECTS as readonly unknown[]).includes(entry.subject))
    problems.push({ at, text: `subject must be one of ${SUBJECTS.join(', ')}` })
  return problems.length === before ? [entry as unknown as Pattern] : []
}

/** What is wrong with an expression: it does not compile, or repeats a repetition, which can take forever on a hostile name. */
function troubleOf(expression: string): string | undefined {
  try {
    new RegExp(expand(expression, []))
  } catch (error) {
    return error instanceof Error ? error.message : 'not a regular expression'
  }
  return /[+*}]\)(?:[+*]|\{\d*,)/.test(expression) ? 'a repetition inside a repetition' : undefined
}

/** Names that Docker gives its bridges by itself. */
const DOCKER_BRIDGES = ['docker0', 'docker_gwbridge', 'br-[0-9a-f]{12}']

/** Puts in the names of Docker's bridges. */
export function expand(expression: string, bridges: readonly string[]): string {
  const names = [...DOCKER_BRIDGES, ...bridges.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))]
  return expression.replaceAll('<docker-bridge>', `(?:${names.join('|')})`)
}
