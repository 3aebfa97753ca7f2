import type { Parsed } from '../../facts/parsed.ts'
import type { Note } from '../../facts/source.ts'
import type { Ipset } from './ast.ts'
import { builder, createOptions, finish, notUnderstood, type SetBuilder } from './builder.ts'
import { readEntry, words } from './entry.ts'

const COMMANDS: ReadonlyMap<string, string> = new Map([
  ['create', 'create'],
  ['-N', 'create'],
  ['n', 'create'],
  ['add', 'add'],
  ['-A', 'add'],
  ['a', 'add'],
  ['del', 'del'],
  ['-D', 'del'],
  ['flush', 'flush'],
  ['-F', 'flush'],
  ['destroy', 'destroy'],
  ['-X', 'destroy'],
  ['COMMIT', 'end'],
  ['quit', 'end'],
])

/**
 * Reads `ipset save`, the input of `ipset restore`, and scripts of `ipset create …` lines: whatever leaves these sets behind.
 * A line that is not understood is noted and makes its set incomplete.
 */
export function readIpsetSave(text: string, file: string): Parsed<Ipset> {
  const sets = new Map<string, SetBuilder>()
  const notes: Note[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const trouble = readLine(words(line), sets, { file, line: i + 1 })
    if (trouble) notes.push(notUnderstood(trouble, line, { file, line: i + 1 }))
  }
  return { facts: [...sets.values()].map((set) => finish(set)), notes }
}

/** Applies one line; returns what was wrong with it. */
function readLine(line: readonly string[], sets: Map<string, SetBuilder>, source: { file: string; line: number }): string | undefined {
  const given = line.filter((word, i) => !(i < 2 && (word === '-exist' || word === '-!' || (i === 0 && /(^|\/)ipset$/.test(word)))))
  const command = COMMANDS.get(given[0] ?? '')
  const name = given[1]
  if (command === 'end') return undefined
  if (command === undefined) return 'not a line of ipset save'
  if (name === undefined) return command === 'flush' || command === 'destroy' ? clearAll(command, sets) : `${given[0]} without a set name`
  const set = sets.get(name)
  switch (command) {
    case 'create':
      if (given[2] === undefined) return 'create without a type'
      // A second `create` of the same name is refused by the kernel, or ignored with -exist: the first stays.
      if (!set) sets.set(name, builder(name, given[2], createOptions(given.slice(3)), source))
      return undefined
    case 'destroy':
      sets.delete(name)
      return undefined
    case 'flush':
      if (set) set.entries = []
      return undefined
    default:
      return set ? changeEntry(command, set, given.slice(2), source.line) : `the set ${name} was not created in this file`
  }
}

function clearAll(command: 'flush' | 'destroy', sets: Map<string, SetBuilder>): undefined {
  if (command === 'destroy') sets.clear()
  else for (const set of sets.values()) set.entries = []
}

function changeEntry(command: string, set: SetBuilder, given: readonly string[], line: number): string | undefined {
  if (given[0] === undefined) return `${command} without an element`
  if (command === 'del') {
    set.entries = set.entries.filter((entry) => entry.element !== given[0])
    return undefined
  }
  const { entry, unread } = readEntry(given, set.name, line)
  if ((unread[0] === 'before' || unread[0] === 'after') && set.type === 'list:set') insert(set, entry, unread[0], unread[1])
  else set.entries.push(unread.length ? { ...entry, text: ['add', set.name, ...given].join(' ') } : entry)
  if (unread.length === 0 || set.type === 'list:set') return undefined
  return `option ${unread.join(' ')} of an element`
}

/** `add LIST SET before|after OTHER`. */
function insert(set: SetBuilder, entry: SetBuilder['entries'][number], where: string, other: string | undefined): void {
  const at = set.entries.findIndex((candidate) => candidate.element === other)
  const index = at < 0 ? set.entries.length : where === 'before' ? at : at + 1
  set.entries.splice(index, 0, entry)
}

/** As `ipset save` prints the sets, each line ended by a newline. */
export function printIpsets(sets: readonly Ipset[]): string {
  return sets.map((set) => [set.text, ...set.entries.map((entry) => entry.text)].join('\n').concat('\n')).join('')
}
