import { quote } from '../tokens.ts'
import type { Pattern } from './pattern.ts'
import { connectionPatterns } from './patterns/connection.ts'
import { ipv6Patterns } from './patterns/ipv6.ts'
import { packetPatterns } from './patterns/packet.ts'
import { transportPatterns } from './patterns/transport.ts'
import { alwaysPrints, targetPatterns } from './target-text.ts'

/** What stands behind the destination column, as options of iptables-save. */
export interface ExtensionText {
  /** `-m NAME OPTIONS` in order. */
  readonly matches: readonly string[]
  /** Name and options of the target, without `-j`; '' without a target. */
  readonly target: string
  readonly goto: boolean
  /** Words that no match and no target prints. */
  readonly unknown: readonly string[]
  readonly hidesMatches: boolean
  readonly hidesTarget: boolean
}

interface Piece {
  readonly module: string
  readonly options: string[]
}

const patterns: readonly Pattern[] = [...transportPatterns, ...connectionPatterns, ...packetPatterns, ...ipv6Patterns]

function findPattern(
  candidates: readonly Pattern[],
  text: string,
  at: number,
): { readonly pattern: Pattern; readonly groups: string[]; readonly end: number } | undefined {
  for (const pattern of candidates) {
    pattern.text.lastIndex = at
    const found = pattern.text.exec(text)
    if (found && found[0] !== '') return { pattern, groups: found.slice(1).map((group) => group ?? ''), end: at + found[0].length }
  }
  return undefined
}

/** Options that a second piece of the same match would repeat begin another -m. */
function repeats(piece: Piece, options: string): boolean {
  const names = (text: string) => text.match(/--[\w-]+/g) ?? []
  const taken = new Set(piece.options.flatMap(names))
  return options === '' || names(options).some((name) => taken.has(name))
}

/** A comment may hold its own end mark: of several ends the first counts that leaves nothing unknown. */
function readComment(text: string, at: number, target: string): ExtensionText & { readonly comment: string } {
  let first: (ExtensionText & { readonly comment: string }) | undefined
  for (let end = text.indexOf(' */', at); end >= 0; end = text.indexOf(' */', end + 1)) {
    const comment = text.slice(at + 3, end)
    const rest = { ...readFrom(text, end + 3, target), comment }
    if (rest.unknown.length === 0) return rest
    first ??= rest
  }
  const cut = { matches: [], target, goto: false, unknown: [], hidesMatches: true, hidesTarget: target !== '' }
  return first ?? { ...cut, comment: text.slice(at + 3).trim() }
}

/** Blanks in a row count as one, except in comments and quotes. */
const squeeze = (text: string): string => text.replace(/(\/\* .*? \*\/|"[^"]*")|\s+/g, (_, kept?: string) => kept ?? ' ')

/**
 * Reads the text behind the destination column. It is what each match prints, in order, then what the target prints.
 * @example readExtensions('tcp dpt:80 to:10.0.0.2:80', 'DNAT').matches // ['-m tcp --dport 80']
 */
export function readExtensions(text: string, target: string): ExtensionText {
  return readFrom(squeeze(text).trimEnd(), 0, target)
}

function readFrom(text: string, start: number, target: string): ExtensionText {
  const pieces: Piece[] = []
  const unknown: string[] = []
  let hidesMatches = false
  let goto = false
  let targetText: string | undefined
  let lost = false
  let at = start
  while (at < text.length) {
    if (text.charCodeAt(at) <= 32) {
      at++
      continue
    }
    if (text.startsWith('[goto]', at)) {
      goto = true
      at += '[goto]'.length
      continue
    }
    // the target's text is the last: what stands behind it is no match's
    if (targetText === undefined && text.startsWith('/* ', at)) {
      const rest = readComment(text, at, target)
      const matches = [...pieces.map(printPiece), `-m comment --comment ${quote(rest.comment)}`, ...rest.matches]
      return {
        ...rest,
        matches,
        goto: goto || rest.goto,
        unknown: [...unknown, ...rest.unknown],
        hidesMatches: hidesMatches || rest.hidesMatches,
      }
    }
    const found = targetText === undefined ? findPattern(patterns, text, at) : undefined
    const aimed = targetText === undefined && !found ? findPattern(targetPatterns.get(target) ?? [], text, at) : undefined
    if (found) {
      addPiece(pieces, found.pattern.module, found.pattern.options(found.groups), lost)
      hidesMatches ||= found.pattern.hides
    } else if (aimed) targetText = `${aimed.pattern.module} ${aimed.pattern.options(aimed.groups)}`.trim()
    const end = found?.end ?? aimed?.end ?? endOfWord(text, at)
    if (!found && !aimed) unknown.push(lost ? `${unknown.pop() ?? ''} ${text.slice(at, end)}` : text.slice(at, end))
    lost = !found && !aimed
    at = end
  }
  const hidesTarget = targetText === undefined && alwaysPrints.has(target)
  return { matches: pieces.map(printPiece), target: targetText ?? target, goto, unknown, hidesMatches, hidesTarget }
}

const printPiece = ({ module, options }: Piece): string => ['-m', module, ...options.filter((one) => one !== '')].join(' ')

function addPiece(pieces: Piece[], module: string, options: string, apart: boolean): void {
  const last = pieces.at(-1)
  if (last?.module === module && !apart && !repeats(last, options)) last.options.push(options)
  else pieces.push({ module, options: [options] })
}

function endOfWord(text: string, at: number): number {
  const blank = text.indexOf(' ', at)
  return blank < 0 ? text.length : blank
}
