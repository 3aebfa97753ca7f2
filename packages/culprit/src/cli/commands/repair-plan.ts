import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { Document } from '@culprit/core/intake/document'
import { nameOfHost } from '@culprit/core/model/host-name'
import { composePlan, type Draft } from '@culprit/core/repair/compose'
import { namespaceAt, readSshConnection } from '@culprit/core/repair/guards'
import type { Check, Plan } from '@culprit/core/repair/plan'
import { stepsOf } from '@culprit/core/repair/runbook'
import { stateOf } from '@culprit/core/repair/state'
import { wordsOf } from '@culprit/core/repair/words'
import { planReport } from '@culprit/core/report/repair/plan'
import { capture, documentsOf } from '../../repair/capture.ts'
import { planText } from '../../repair/plan-file.ts'
import { type TargetFlags, targetOf } from '../../repair/target.ts'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { CliError, EXIT, type ExitCode, evidenceError, usageError } from '../exit.ts'
import { loadOwners } from '../knowledge.ts'
import type { DiagnoseFlags } from './diagnose.ts'

export interface RepairPlanFlags extends SharedFlags, TargetFlags, Pick<DiagnoseFlags, 'from' | 'to' | 'symptom'> {
  readonly output?: 'text' | 'json'
  readonly option?: string
  readonly runbook?: string
  readonly set?: readonly string[]
  readonly step?: readonly string[]
  readonly restore?: string
  readonly table?: string
  readonly chain?: string
  readonly check?: readonly string[]
  readonly host?: string | undefined
  readonly timer?: number
  readonly out?: string
}

/** Seconds that a change stays unconfirmed. */
const TIMER = 120

/** `culprit repair plan`: what would be done, how it is taken back, and what the model says of it. Nothing is changed. */
export async function repairPlan(evidence: readonly string[], flags: RepairPlanFlags, context: Context): Promise<ExitCode> {
  // What is asked for is read first: a wrong word costs nobody a collection.
  const asked = flags.restore === undefined ? await intention(evidence, flags, context) : undefined
  const { documents, host } = await evidenceOf(evidence, { ...flags, host: flags.host ?? asked?.where?.host }, context)
  const { origin, title, drafts, criteria } = asked ?? (await restoration(documents, host, flags, context))
  const book = loadOwners()
  const plan = composePlan(documents, {
    id: `${
      origin.id
        .replace(/[^a-z0-9-]+/g, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 40) || 'repair'
    }-${randomBytes(3).toString('hex')}`,
    title,
    origin,
    target: { host, netns: asked?.where?.netns ?? '' },
    drafts,
    criteria: [...criteria, ...(flags.check ?? []).map(criterion)],
    state: stateOf(documents, host, asked?.where?.netns ?? '', book),
    timer: flags.timer ?? TIMER,
    session: flags.ssh === undefined && flags.netns === undefined ? readSshConnection(process.env.SSH_CONNECTION) : undefined,
    book,
    asked: flags.from !== undefined && flags.to !== undefined ? [{ from: flags.from, to: flags.to }] : [],
  })
  if ('kind' in plan) throw new CliError(EXIT.refused, plan.why)
  await print(plan, flags, context)
  return EXIT.fine
}

async function print(plan: Plan, flags: RepairPlanFlags, { out, style, warn }: Context): Promise<void> {
  if (flags.out !== undefined) {
    writeFileSync(flags.out, planText(plan), { mode: 0o600 })
    warn(`plan: ${flags.out}`)
  }
  await out.write(flags.output === 'json' ? planText(plan) : planReport(plan, { style, file: flags.out }))
}

interface Intention {
  readonly origin: Plan['origin']
  readonly title: string
  readonly drafts: readonly Draft[]
  readonly criteria: readonly Check[]
  /** Where the intention says itself which machine it is for. */
  readonly where?: { readonly host: string; readonly netns: string } | undefined
}

async function intention(evidence: readonly string[], flags: RepairPlanFlags, context: Context): Promise<Intention> {
  const named = [flags.option, flags.runbook, flags.step].filter((one) => one !== undefined)
  if (named.length !== 1)
    throw usageError(
      'say what to do: one of --option ID, --runbook ID, --restore FILE, --step COMMAND',
      'culprit repair runbooks lists the runbooks, culprit diagnose its options',
    )
  if (flags.runbook !== undefined) return fromRunbook(flags.runbook, flags.set ?? [])
  if (flags.option !== undefined) return (await import('./repair-option.ts')).fromOption(evidence, flags.option, flags, context)
  const drafts = (flags.step ?? []).map((line): Draft => ({ command: argvOf(line, '--step'), why: 'as asked' }))
  return { origin: { kind: 'commands', id: 'commands' }, title: 'Commands given on the command line', drafts, criteria: [] }
}

/** Rules that a saved ruleset has and the machine has not. */
async function restoration(documents: readonly Document[], host: string, flags: RepairPlanFlags, context: Context): Promise<Intention> {
  if (flags.option !== undefined || flags.runbook !== undefined || flags.step !== undefined)
    throw usageError('--restore is not used together with --option, --runbook or --step')
  const { restoreDrafts } = await import('@culprit/core/repair/restore')
  const saved = await loadEvidence([flags.restore ?? ''], context)
  const namespace = namespaceAt(documents, host, '')
  const drafts = namespace ? restoreDrafts(saved, namespace, { table: flags.table, chain: flags.chain }) : []
  if (drafts.length === 0) throw evidenceError(`nothing of ${flags.restore} is missing on ${host}`, 'the rules that it holds are all there')
  return { origin: { kind: 'commands', id: 'restore' }, title: `Rules of ${flags.restore} that are gone`, drafts, criteria: [] }
}

async function fromRunbook(id: string, settings: readonly string[]): Promise<Intention> {
  const { loadRunbooks } = await import('../../knowledge/runbooks.ts')
  const runbooks = loadRunbooks()
  const runbook = runbooks.get(id)
  if (!runbook) throw usageError(`there is no runbook ${id}`, `there are ${[...runbooks.keys()].join(', ')}`)
  const values = settings.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at < 1) throw usageError(`--set ${text} is no NAME=VALUE`)
    return [text.slice(0, at), text.slice(at + 1)]
  })
  const made = stepsOf(runbook, Object.fromEntries(values))
  if ('kind' in made) throw usageError(made.text, 'give parameters as --set NAME=VALUE; culprit repair runbooks ID shows them')
  return { origin: { kind: 'runbook', id }, title: runbook.title, ...made }
}

/** A command line that is cut into words without a shell. */
export function argvOf(line: string, flag: string): readonly string[] {
  const words = wordsOf(line)
  if (!words || words.length === 0)
    throw usageError(`${flag} "${line}" cannot be run without a shell`, 'give one command; no pipes, redirections or variables')
  return words
}

/** It must end with exit code 0. */
const criterion = (line: string): Check => ({ text: line, command: argvOf(line, '--check'), expect: {}, within: 10 })

/** The evidence that is given, or the machine as it is now. */
async function evidenceOf(
  evidence: readonly string[],
  flags: RepairPlanFlags,
  context: Context,
): Promise<{ readonly documents: readonly Document[]; readonly host: string }> {
  if (evidence.length > 0) {
    const documents = await loadEvidence(evidence, context)
    const hosts = new Set(documents.map(({ place }) => place.host).filter((host) => host !== undefined))
    const host = flags.host ?? nameOfHost(documents)
    if (flags.host === undefined && hosts.size > 1)
      throw usageError(`the evidence has several hosts: ${[...hosts].join(', ')}`, 'say which is to be changed with --host HOST')
    if (flags.host !== undefined && !hosts.has(flags.host))
      throw usageError(`the evidence has no host ${flags.host}`, `it has ${[...hosts].join(', ')}`)
    return { documents, host }
  }
  const target = targetOf(flags)
  try {
    const captured = await capture(target.executor, flags.host ?? target.name)
    if (captured.files.size === 0)
      throw evidenceError(`the state of ${target.executor.name} cannot be read: ${captured.missing[0] ?? ''}`, 'run it as root')
    for (const text of captured.missing) if (context.verbose) context.warn(`note: ${text}`)
    return { documents: documentsOf(captured), host: captured.host }
  } finally {
    await target.close()
  }
}
