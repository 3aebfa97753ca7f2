import { type Groups, groupNamed, hostsOf, type Inventory } from './inventory.ts'
import { namesOf } from './ranges.ts'

/** Reads the ini form: `[group]`, `[group:children]`, `[group:vars]`, hosts with ranges and variables behind them. */
export function parseIni(text: string): Inventory {
  const groups: Groups = new Map()
  const problems: { line: number; text: string }[] = []
  let section = { group: 'ungrouped', kind: 'hosts' }
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const head = /^\[([^\]:]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line)
    if (head) {
      section = { group: (head[1] as string).trim(), kind: head[2] ?? 'hosts' }
      groupNamed(groups, section.group)
      if (!['hosts', 'children', 'vars'].includes(section.kind)) problems.push({ line: i + 1, text: `a section of kind ${section.kind}` })
      continue
    }
    const problem = readLine(groups, section, line)
    if (problem) problems.push({ line: i + 1, text: problem })
  }
  return { hosts: hostsOf(groups), problems }
}

function readLine(groups: Groups, { group, kind }: { readonly group: string; readonly kind: string }, line: string): string | undefined {
  const into = groupNamed(groups, group)
  if (kind === 'children') {
    const [child = ''] = wordsOf(line)
    groupNamed(groups, child)
    into.children.add(child)
    return undefined
  }
  if (kind === 'vars') {
    const at = line.indexOf('=')
    if (at < 1) return 'a variable without a value'
    into.variables[line.slice(0, at).trim()] = unquoted(withoutComment(line.slice(at + 1)).trim())
    return undefined
  }
  if (kind !== 'hosts') return undefined
  const [pattern = '', ...settings] = wordsOf(line)
  const names = namesOf(pattern)
  if (!names) return `no host or range: ${pattern.slice(0, 100)}`
  const pairs = settings.filter((word) => word.includes('='))
  const variables = Object.fromEntries(pairs.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
  for (const name of names) into.hosts.set(name, { ...into.hosts.get(name), ...variables })
  return pairs.length < settings.length ? `no variable: ${settings.find((word) => !word.includes('='))?.slice(0, 100)}` : undefined
}

/** Words at blanks; quotes hold blanks, and ` #` begins a comment. */
function wordsOf(line: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (const c of line) {
    if (quote !== undefined) {
      if (c === quote) quote = undefined
      else word = (word ?? '') + c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (c === ' ' || c === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (c === '#' && word === undefined) break
    else word = (word ?? '') + c
  }
  if (word !== undefined) words.push(word)
  return words
}

const withoutComment = (text: string): string => {
  const at = text.indexOf(' #')
  return at < 0 || /^\s*["']/.test(text) ? text : text.slice(0, at)
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text
