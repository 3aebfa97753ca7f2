import type { IpsetEntry } from './ast.ts'

/** Options that may follow an element, in the order in which ipset prints them; those with no value are flags. */
const NUMBERS = new Set(['timeout', 'packets', 'bytes'])
const WORDS = new Set(['comment', 'skbmark', 'skbprio', 'skbqueue'])

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Words of a line; a quoted comment is one word and keeps its quotes. */
export function words(line: string): readonly string[] {
  if (!line.includes('"')) return line.trim().split(/\s+/)
  return line.match(/"[^"]*"|\S+/g) ?? []
}

/** Reads what stands behind `add NAME`; `unread` are options that culprit does not know. */
export function readEntry(
  given: readonly string[],
  set: string,
  line: number,
): { readonly entry: IpsetEntry; readonly unread: readonly string[] } {
  const element = given[0] ?? ''
  const entry: Mutable<IpsetEntry> = { element, parts: element.split(','), nomatch: false, text: '', line }
  const unread: string[] = []
  for (let i = 1; i < given.length; i++) {
    const option = given[i] as string
    const value = given[i + 1]
    if (option === 'nomatch') entry.nomatch = true
    else if (option === 'wildcard') entry.wildcard = true
    else if (NUMBERS.has(option) && value !== undefined && /^\d+$/.test(value)) {
      entry[option as 'timeout'] = Number(value)
      i++
    } else if (WORDS.has(option) && value !== undefined) {
      entry[option as 'comment'] = option === 'comment' ? value.replace(/^"|"$/g, '') : value
      i++
    } else if ((option === 'before' || option === 'after') && value !== undefined) {
      unread.push(option, value)
      i++
    } else if (option !== '-exist' && option !== '-!') unread.push(option)
  }
  entry.text = entryText(set, entry)
  return { entry, unread }
}

/** The `add` line as `ipset save` prints it. */
export function entryText(set: string, entry: Omit<IpsetEntry, 'text' | 'line' | 'parts'>): string {
  const out = ['add', set, entry.element]
  if (entry.timeout !== undefined) out.push('timeout', `${entry.timeout}`)
  if (entry.nomatch) out.push('nomatch')
  if (entry.wildcard) out.push('wildcard')
  if (entry.packets !== undefined) out.push('packets', `${entry.packets}`)
  if (entry.bytes !== undefined) out.push('bytes', `${entry.bytes}`)
  if (entry.comment !== undefined) out.push('comment', `"${entry.comment}"`)
  if (entry.skbmark !== undefined) out.push('skbmark', entry.skbmark)
  if (entry.skbprio !== undefined) out.push('skbprio', entry.skbprio)
  if (entry.skbqueue !== undefined) out.push('skbqueue', entry.skbqueue)
  return out.join(' ')
}
