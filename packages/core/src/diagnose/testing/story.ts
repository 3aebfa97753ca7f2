import { bundle, type Machine } from '../../datapath/testing/machines.ts'
import { readDocuments } from '../../intake/documents.ts'
import type { TextFile } from '../../intake/format.ts'
import { readOwners } from '../../netfilter/owners/book.ts'
import { readCauses } from '../causes/book.ts'
import type { CauseId } from '../causes/ids.ts'
import { diagnose, type Knowledge } from '../diagnose.ts'
import type { Diagnosis } from '../diagnosis.ts'
import type { Result } from '../observations/observation.ts'

export type Machines = Readonly<Record<string, Machine>>

/** An incident in few words: a machine, what is wrong with it, and the connection that tells. */
export interface Story {
  readonly name: string
  /** Whoever finds one of these first has found it. */
  readonly causes: readonly CauseId[]
  readonly machines: Machines
  /** Objects of the cluster and other files of the bundle. */
  readonly files?: Readonly<Record<string, string | object>>
  /** FROM -> TO; `outside ADDRESS` comes in by eth0 of h. */
  readonly tried: string
  readonly symptom: Result
  /** The same machine without the fault; the same connection works. */
  readonly healthy: Machines
  /** Another connection, where the faulty machines' one makes no sense on the healthy ones. */
  readonly healthyTried?: string
  readonly healthyFiles?: Readonly<Record<string, string | object>>
}

/** knowledge/, as far as diagnosing needs it. */
export const knowledgeOf = (read: (name: string) => unknown): Knowledge => ({
  owners: readOwners(read('owners.yaml')).book,
  causes: readCauses(read('causes.yaml')).book,
})

/** Whether one of the right causes is named first; all that is named; and who is accused where nothing is wrong. */
export function judged(
  knowledge: Knowledge,
  story: Story,
): { readonly right: boolean; readonly found: string; readonly accused: readonly string[] } {
  const { causes, machines, files, tried, symptom, healthy, healthyFiles, healthyTried = tried } = story
  const found = told(knowledge, machines, files, tried, symptom).causes
  const accused = told(knowledge, healthy, healthyFiles, healthyTried, 'connects').causes.filter(({ confidence }) => confidence > 0.3)
  const text = ({ id, status, confidence }: Diagnosis['causes'][number]): string => `${id} ${status} ${confidence}`
  return {
    right: found[0] !== undefined && causes.includes(found[0].id),
    found: found.slice(0, 4).map(text).join(', '),
    accused: accused.map(text),
  }
}

/** What is said of a connection; symptom `connects`: that it works is what was seen. */
function told(knowledge: Knowledge, machines: Machines, files: Story['files'], tried: string, symptom: Result): Diagnosis {
  const texts: TextFile[] = Object.entries(files ?? {}).map(([path, text]) => ({
    path,
    text: typeof text === 'string' ? `${text.trim().replaceAll(/^ +/gm, '')}\n` : JSON.stringify(text, null, 1),
  }))
  const [from = '', to = ''] = tried.split(' -> ')
  const [outside, src] = from.split(' ')
  const request = outside === 'outside' && src !== undefined ? { from: 'outside', src, host: 'h', iif: 'eth0', to } : { from, to }
  return diagnose(readDocuments([...bundle(machines), ...texts]), knowledge, {
    question: { request, symptom: symptom === 'connects' ? undefined : symptom },
  })
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
