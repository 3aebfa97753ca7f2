import type { Document, Place } from '../document.ts'
import type { Format } from '../format.ts'
import { readAs } from '../read-as.ts'
import { READERS } from '../readers.ts'
import { recogniseLine } from '../recognise/line.ts'
import { recognise } from '../recognise/recognise.ts'
import { partsOf } from '../split.ts'
import { continues } from './continues.ts'
import { type Expectation, expectationOf } from './expectation.ts'
import { findPasted, MAX_PASTED, type Pasted } from './pasted.ts'

/** Under such headings stands what should be done, not what was found. */
const PROPOSAL = /\b(?:fix|solution|workaround|option|recommend|propos|mitigation|remed|how to|example)/i

/** Outputs without a command that are read all the same: nobody writes them by hand. */
const SELF_EVIDENT = (format: Format): boolean =>
  format !== 'unrecognised' && format !== 'empty' && format !== 'notes' && format !== 'hosts'

/** The notes themselves, then each output pasted in them, its lines counted as in the notes. */
export function readNotes(text: string, file: string, place: Place): readonly Document[] {
  const pasted = findPasted(text)
  const documents = pasted.flatMap((one) => documentsOf(one, file, place))
  const cut =
    pasted.length >= MAX_PASTED
      ? [
          {
            kind: 'not-understood' as const,
            text: `more than ${MAX_PASTED} pasted outputs: the rest is not read`,
            source: { file, line: pasted.at(-1)?.line ?? 1 },
          },
        ]
      : []
  return [{ place, file, content: { kind: 'recognised', format: 'notes' }, notes: cut, text }, ...documents]
}

function documentsOf(pasted: Pasted, file: string, around: Place): readonly Document[] {
  if (pasted.lines.length === 0) return []
  const place: Place = {
    host: pasted.place.host ?? (pasted.elsewhere ? undefined : around.host),
    netns: pasted.place.netns || around.netns,
  }
  const command = pasted.commandText === '' ? undefined : pasted.commandText
  return segments(pasted).flatMap(({ format, line, lines, expected }) => {
    if (command === undefined && format === 'kubernetes' && PROPOSAL.test(pasted.section)) return []
    const text = '\n'.repeat(line - 1) + lines.join('\n')
    return partsOf(format, '', text).map((part) => {
      const hints = {
        family: expected?.family ?? part.family,
        backend: expected?.backend ?? part.backend,
        table: expected?.table,
        partial: expected?.partial ?? true,
        namespace: namespaceOf(pasted),
      }
      return { ...readAs(format, part.text, file, place, hints), ...(command !== undefined && { command }) }
    })
  })
}

interface Segment {
  readonly format: Format
  readonly line: number
  readonly lines: readonly string[]
  readonly expected: Expectation | undefined
}

/** A block may show the outputs of several commands; what no reader and no later room knows is left out. */
function segments(pasted: Pasted): readonly Segment[] {
  const expected = pasted.commands.map(expectationOf)
  const only = expected.length === 1 ? expected[0] : undefined
  if (only?.format !== undefined && READERS[only.format] && fits(only.format, pasted.lines))
    return [{ format: only.format, line: pasted.line, lines: pasted.lines, expected: only }]
  const whole = recognise(only?.path ?? '', pasted.lines.join('\n'))
  const split = pasted.commands.length === 1 ? [] : runs(pasted)
  if (split.length > 1) return split.map((run) => ({ ...run, expected: expected.find((one) => one.format === run.format) }))
  if (only && only.format === undefined && only.path === undefined && pasted.commands.length > 0 && !READERS[whole]) return []
  return SELF_EVIDENT(whole) ? [{ format: whole, line: pasted.line, lines: pasted.lines, expected: only }] : []
}

/** Is this what the command prints, or an error message in its place? */
function fits(format: Format, lines: readonly string[]): boolean {
  const found = recognise('', lines.join('\n'))
  if (found === format) return true
  if (READERS[found]) return false
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
  /^\s/.test(line) || (continues(run.format, run.lines, line) && recogniseLine(line) === undefined)

/** `kubectl -n kube-system get pods`. */
function namespaceOf({ commands }: Pasted): string | undefined {
  const kubectl = commands.find(({ program }) => program === 'kubectl' || program === 'oc')
  if (!kubectl) return undefined
  const at = kubectl.args.findIndex((arg) => arg === '-n' || arg === '--namespace')
  return at >= 0 ? kubectl.args[at + 1] : kubectl.args.find((arg) => /^(?:-n|--namespace)=/.test(arg))?.replace(/^[^=]*=/, '')
}
