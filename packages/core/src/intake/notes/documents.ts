import type { Note } from '../../facts/source.ts'
import type { Document, Place } from '../document.ts'
import type { Format } from '../format.ts'
import { isRead } from '../host-readers.ts'
import { readAs } from '../read-as.ts'
import { recogniseLine } from '../recognise/line.ts'
import { recognise } from '../recognise/recognise.ts'
import { continues } from './continues.ts'
import { type Expectation, expectationOf } from './expectation.ts'
import { findPasted, MAX_PASTED, type Pasted } from './pasted.ts'

/** Under such headings stands what should be done, not what was found. */
const PROPOSAL = /\b(?:fix|solution|workaround|option|recommend|propos|mitigation|remed|how to|example)/i

/** Outputs without a command that are read all the same: nobody writes them by hand. */
const SELF_EVIDENT = (format: Format): boolean =>
  format !== 'unrecognised' && format !== 'empty' && format !== 'notes' && format !== 'hosts'

/** Each output is read with blank lines for all that stands above it; so many of them are read in all. */
const MAX_LINES = 60_000_000

/** The notes themselves, then each output pasted in them, its lines counted as in the notes. */
export function readNotes(text: string, file: string, place: Place): readonly Document[] {
  const pasted = findPasted(text)
  const most = Math.max(1, Math.floor(MAX_LINES / countLines(text)))
  const all = pasted.flatMap((one) => segmentsOf(one).map((segment) => ({ ...segment, pasted: one, place: placeOf(one, place) })))
  const found = all.slice(0, most)
  const outputs = found.filter(({ format }) => format !== 'iptables-list').flatMap((segment) => documentsOf(segment, file))
  const cut = pasted.length >= MAX_PASTED || all.length > most
  const last = cut ? (found.at(-1)?.line ?? 1) : 1
  const note: Note = {
    kind: 'broken',
    text: 'too many pasted outputs for one document: those below are not read',
    source: { file, line: last },
  }
  const notes: Document = { place, file, content: { kind: 'recognised', format: 'notes' }, notes: cut ? [note] : [], text }
  return [notes, ...outputs, ...listsOf(found, pasted, text, file)]
}

function countLines(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

const placeOf = (pasted: Pasted, around: Place): Place => ({
  host: pasted.place.host ?? (pasted.elsewhere ? undefined : around.host),
  netns: pasted.place.netns || around.netns,
})

interface Placed extends Segment {
  readonly pasted: Pasted
  readonly place: Place
}

function documentsOf({ format, line, lines, expected, pasted, place }: Placed, file: string): readonly Document[] {
  const command = pasted.commandText === '' ? undefined : pasted.commandText
  if (command === undefined && format === 'kubernetes' && PROPOSAL.test(pasted.section)) return []
  const hints = {
    family: expected?.family,
    backend: expected?.backend,
    table: expected?.table,
    partial: expected?.partial ?? true,
    namespace: namespaceOf(pasted),
  }
  return readAs(format, '\n'.repeat(line - 1) + lines.join('\n'), file, place, hints).map((document) => ({
    ...document,
    ...(command !== undefined && { command }),
  }))
}

/**
 * Chains of `iptables -L` are often pasted one by one, with words between that tell the table ("**nat table**"): all lists of a place
 * are read as one text, with those words and the commands in their lines, and without the outputs of other commands.
 */
function listsOf(found: readonly Placed[], pasted: readonly Pasted[], text: string, file: string): readonly Document[] {
  const lists = found.filter(({ format }) => format === 'iptables-list')
  if (lists.length === 0) return []
  const prose = text.split('\n')
  for (const { line, lines, commandLine } of pasted) {
    prose.fill('', line - 1, line - 1 + lines.length)
    if (commandLine > 0) prose[commandLine - 1] = ''
  }
  const places = new Map<string, Placed[]>()
  for (const list of lists) {
    const key = `${list.place.host}\n${list.place.netns}`
    places.set(key, [...(places.get(key) ?? []), list])
  }
  return [...places.values()].flatMap((own) =>
    readAs('iptables-list', listText(own, prose), file, own[0]?.place ?? { host: undefined, netns: '' }, { partial: true }),
  )
}

/** So many lines above a list are looked at for a heading that tells its table. */
const HEADING_LINES = 40

function listText(own: readonly Placed[], prose: readonly string[]): string {
  const first = Math.max(0, Math.min(...own.map(({ line }) => line)) - HEADING_LINES)
  const end = Math.max(...own.map(({ line, lines }) => line - 1 + lines.length))
  const lines = prose.slice(first, end)
  for (const list of own) {
    for (const [i, line] of list.lines.entries()) lines[list.line - 1 - first + i] = line
    const command = list.pasted.commandLine - 1 - first
    if (command >= 0) lines[command] = `$ ${list.pasted.commandText}`
  }
  return '\n'.repeat(first) + lines.join('\n')
}

interface Segment {
  readonly format: Format
  readonly line: number
  readonly lines: readonly string[]
  readonly expected: Expectation | undefined
}

/** A block may show the outputs of several commands; what no reader and no later room knows is left out. */
function segmentsOf(pasted: Pasted): readonly Segment[] {
  if (pasted.lines.length === 0) return []
  const expected = pasted.commands.map(expectationOf)
  const only = expected.length === 1 ? expected[0] : undefined
  if (only?.format !== undefined && isRead(only.format) && fits(only.format, pasted.lines))
    return [{ format: only.format, line: pasted.line, lines: pasted.lines, expected: only }]
  const whole = recognise(only?.path ?? '', pasted.lines.join('\n'))
  const split = pasted.commands.length === 1 ? [] : runs(pasted)
  if (split.length > 1) return split.map((run) => ({ ...run, expected: expected.find((one) => one.format === run.format) }))
  if (only && only.format === undefined && only.path === undefined && pasted.commands.length > 0 && !isRead(whole)) return []
  return SELF_EVIDENT(whole) || (whole === 'hosts' && only?.path !== undefined)
    ? [{ format: whole, line: pasted.line, lines: pasted.lines, expected: only }]
    : []
}

/** Is this what the command prints, or an error message in its place? */
function fits(format: Format, lines: readonly string[]): boolean {
  const found = recognise('', lines.join('\n'))
  if (found === format) return true
  if (isRead(found)) return false
  const first = lines.find((line) => line.trim() !== '') ?? ''
  return !/^(?:\S*sh: |error|Error|Cannot|Unable|sudo:|Command |The connection|Usage|iptables(?:-save)? v|Permission)|not found|[Pp]ermission denied|No such file/.test(
    first,
  )
}

/** Cuts the lines where another output begins. */
function runs(pasted: Pasted): readonly Omit<Segment, 'expected'>[] {
  const out: { format: Format; line: number; lines: string[] }[] = []
  for (const [i, line] of pasted.lines.entries()) {
    const current = out.at(-1)
    const format = recogniseLine(line)
    if (format !== undefined && format !== current?.format && !(current && belongs(current, line)))
      out.push({ format, line: pasted.line + i, lines: [line] })
    else if (current) current.lines.push(line)
  }
  return out
}

const belongs = (run: { readonly format: Format; readonly lines: readonly string[] }, line: string): boolean =>
  /^\s/.test(line) || (continues(run.format, { first: run.lines[0] ?? '', depth: 0 }, line) && recogniseLine(line) === undefined)

/** `kubectl -n kube-system get pods`. */
function namespaceOf({ commands }: Pasted): string | undefined {
  const kubectl = commands.find(({ program }) => program === 'kubectl' || program === 'oc')
  if (!kubectl) return undefined
  const at = kubectl.args.findIndex((arg) => arg === '-n' || arg === '--namespace')
  return at >= 0 ? kubectl.args[at + 1] : kubectl.args.find((arg) => /^(?:-n|--namespace)=/.test(arg))?.replace(/^[^=]*=/, '')
}
