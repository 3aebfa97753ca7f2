import { bundle, type Machine } from '../../datapath/testing/machines.ts'
import type { Document } from '../../intake/document.ts'
import { readDocuments } from '../../intake/documents.ts'
import type { TextFile } from '../../intake/format.ts'
import { readOwners } from '../../netfilter/owners/book.ts'
import { readCauses } from '../causes/book.ts'
import type { CauseId } from '../causes/ids.ts'
import { diagnose, type Knowledge } from '../diagnose.ts'
import { type Diagnosis, type FoundCause, type Question, type Status, WORTH_A_LOOK } from '../diagnosis.ts'
import type { Result } from '../observations/observation.ts'
import { compileSignatures } from '../signatures/book.ts'
import type { Signature } from '../signatures/signature.ts'

export type Machines = Readonly<Record<string, Machine>>

/** What somebody gave, and what they ask. */
export interface Given {
  readonly machines?: Machines
  /** Objects of the cluster, notes, logs and other files of the bundle. */
  readonly files?: Readonly<Record<string, string | object>>
  /** FROM -> TO; `outside ADDRESS` comes in by eth0 of h. None: the evidence speaks for itself. */
  readonly tried?: string
  /** What was seen; `connects`: it was only asked whether it works. */
  readonly symptom?: Result
}

/** As close to the fault as can be, and the cause is not there: nobody is accused, or another cause is found first. */
export interface Near extends Given {
  readonly instead?: CauseId
}

/** An incident in few words: a machine, what is wrong with it, and the connection that tells. */
export interface Story extends Given {
  readonly name: string
  /** Whoever finds one of these first has found it. */
  readonly causes: readonly CauseId[]
  /** How sure that is, where it matters. */
  readonly status?: Status
  readonly near?: Near
  /** The same machine without the fault; the same connection works. */
  readonly healthy?: Machines
  /** Another connection, where the faulty machines' one makes no sense on the healthy ones. */
  readonly healthyTried?: string
  readonly healthyFiles?: Readonly<Record<string, string | object>>
}

/** knowledge/, as far as diagnosing needs it. `signatures`: the entries of knowledge/signatures/*.yaml. */
export function knowledgeOf(read: (name: string) => unknown, signatures: readonly unknown[] = []): Knowledge {
  return {
    owners: readOwners(read('owners.yaml')).book,
    causes: readCauses(read('causes.yaml')).book,
    signatures: compileSignatures(signatures.flatMap(signaturesOf)),
  }
}

function signaturesOf(file: unknown): readonly Signature[] {
  const { places, signatures } = file as { readonly places: Signature['places']; readonly signatures: readonly object[] }
  return signatures.map(
    (entry) => ({ ignoreCase: false, severity: 'error', general: false, places, examples: [], misses: [], ...entry }) as never,
  )
}

/** What came of a story, and of what is close to it. */
export interface Judged {
  readonly found: readonly FoundCause[]
  /** What the near evidence, or the healthy machine, was told to have. */
  readonly near: readonly FoundCause[]
  /** None where all is right. */
  readonly wrong: readonly string[]
}

/** Whether one of the right causes is named first, and not where it is not. */
export function judged(knowledge: Knowledge, story: Story): Judged {
  const { causes, status, near, healthy, healthyFiles, healthyTried = story.tried } = story
  const found = told(knowledge, story)
  const twin: Near | undefined =
    near ??
    (healthy && { machines: healthy, ...(healthyFiles ? { files: healthyFiles } : {}), ...(healthyTried ? { tried: healthyTried } : {}) })
  const close = twin ? told(knowledge, twin) : []
  const [first] = found
  const isRight = first !== undefined && causes.includes(first.id) && (status === undefined || first.status === status)
  return {
    found,
    near: close,
    wrong: [
      ...(isRight ? [] : [`finds ${textOf(found)}, not ${causes.join(' or ')}`]),
      ...(twin ? wrongNear(twin, causes, close) : ['there is nothing close to it that is not it']),
    ],
  }
}

function wrongNear({ instead }: Near, causes: readonly CauseId[], found: readonly FoundCause[]): readonly string[] {
  const accused = found.filter(({ id, confidence }) => confidence > WORTH_A_LOOK && (instead === undefined || causes.includes(id)))
  return [
    ...(accused.length === 0 ? [] : [`where it is not: ${textOf(accused)}`]),
    ...(instead === undefined || found[0]?.id === instead ? [] : [`close to it: ${textOf(found)}, not ${instead}`]),
  ]
}

const textOf = (found: readonly FoundCause[]): string =>
  found
    .slice(0, 4)
    .map(({ id, status, confidence }) => `${id} ${status} ${confidence}`)
    .join(', ') || 'nothing'

/** What is said of evidence. */
export const told = (knowledge: Knowledge, given: Given): readonly FoundCause[] => diagnosed(knowledge, given).diagnosis.causes

/** The evidence, read, and all that is said of it. */
export function diagnosed(
  knowledge: Knowledge,
  { machines = {}, files = {}, tried, symptom }: Given,
): { readonly documents: readonly Document[]; readonly diagnosis: Diagnosis } {
  const texts: TextFile[] = Object.entries(files).map(([path, text]) => ({
    path,
    text: typeof text === 'string' ? unindented(text) : JSON.stringify(text, null, 1),
  }))
  const documents = readDocuments([...bundle(machines), ...texts])
  const diagnosis = diagnose(documents, knowledge, tried === undefined ? {} : { question: questionOf(tried, symptom) })
  return { documents, diagnosis }
}

function questionOf(tried: string, symptom: Result | undefined): Question {
  const [from = '', to = ''] = tried.split(' -> ')
  const [outside, src] = from.split(' ')
  const request = outside === 'outside' && src !== undefined ? { from: 'outside', src, host: 'h', iif: 'eth0', to } : { from, to }
  return { request, symptom: symptom === 'connects' ? undefined : symptom }
}

/** Template literals are indented with the code around them. */
function unindented(text: string): string {
  const indent = /^\n([ \t]*)/.exec(text)?.[1] ?? ''
  return `${text.trim().replaceAll(new RegExp(`^${indent}`, 'gm'), '')}\n`
}

/** A machine with more: text is added to what it has, and `-` before a line takes that line away. */
export function changed(machines: Machines, name: string, more: Machine): Machines {
  const machine = machines[name] ?? {}
  const merged = Object.entries(more).map(([key, text]) => [key, withLines(machine[key as keyof Machine] ?? '', text as string)])
  return { ...machines, [name]: { ...machine, ...Object.fromEntries(merged) } }
}

/** `*filter` or `*nat` sends the rules after it to that table: chains and rules stand before its COMMIT; `^` puts a rule at the table's front. */
function withLines(text: string, more: string): string {
  let lines = text.split('\n').map((line) => line.trim())
  let table: string | undefined
  for (const line of more
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '')) {
    if (line.startsWith('*')) {
      table = line
      if (!lines.includes(line)) lines.push(line, 'COMMIT')
    } else if (line.startsWith('- ')) lines = lines.filter((other) => other !== line.slice(2))
    else if (table === undefined) lines.push(line)
    else lines.splice(placeOf(lines, table, line), 0, line.replace(/^\^ /, ''))
  }
  return `\n${lines.filter((line) => line !== '').join('\n')}`
}

function placeOf(lines: readonly string[], table: string, line: string): number {
  const start = lines.indexOf(table)
  const end = lines.indexOf('COMMIT', start)
  const isChain = (at: number): boolean => lines[at]?.startsWith(':') === true
  if (!line.startsWith('^ ') && !line.startsWith(':')) return end
  let at = start + 1
  while (at < end && isChain(at)) at++
  return at
}
