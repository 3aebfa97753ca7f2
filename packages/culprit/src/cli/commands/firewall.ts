import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Document } from '@culprit/core/intake/document'
import { nameOfHost } from '@culprit/core/model/host-name'
import type { Namespace } from '@culprit/core/model/namespace'
import { formatAddress } from '@culprit/core/net/address'
import { type Inventory, parseInventory } from '@culprit/core/parse/ansible/inventory'
import { composePlan } from '@culprit/core/repair/compose'
import { type Audit, auditHost } from '@culprit/core/repair/firewall/audit'
import { type FirewallProgram, firewallDrafts } from '@culprit/core/repair/firewall/drafts'
import { addressOf, type HostNeeds, needsOf } from '@culprit/core/repair/firewall/needs'
import { namespaceAt, readSshConnection } from '@culprit/core/repair/guards'
import type { Plan } from '@culprit/core/repair/plan'
import { stateOf } from '@culprit/core/repair/state'
import { firewallReport } from '@culprit/core/report/repair/firewall'
import { planReport } from '@culprit/core/report/repair/plan'
import { loadRoles } from '../../knowledge/roles.ts'
import { takeBack } from '../../repair/apply.ts'
import { capture, documentsOf } from '../../repair/capture.ts'
import { firewallOf, rulesOf } from '../../repair/firewall-program.ts'
import { planText } from '../../repair/plan-file.ts'
import { type Target, type TargetFlags, targetOf } from '../../repair/target.ts'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { CliError, EXIT, type ExitCode, evidenceError, usageError } from '../exit.ts'
import { loadOwners } from '../knowledge.ts'
import { applyWithGuards } from './repair-apply.ts'

export interface FirewallFlags extends SharedFlags, TargetFlags {
  readonly output?: 'text' | 'json'
  readonly inventory?: string
  readonly host?: string
  readonly firewall?: FirewallProgram
  readonly out?: string
  readonly accept?: readonly string[]
  readonly timer?: number
}

interface Judged {
  readonly needs: HostNeeds
  readonly audit: Audit
  readonly program: FirewallProgram
  /** undefined: nothing is missing. */
  readonly plan: Plan | undefined
}

/** `culprit firewall plan`: what the roles of a host need, what of it is open, and the steps that open the rest. */
export async function firewallPlan(evidence: readonly string[], flags: FirewallFlags, context: Context): Promise<ExitCode> {
  const inventory = readInventory(flags, context)
  const target = targetOf(flags)
  try {
    const judged =
      evidence.length > 0 ? await fromEvidence(evidence, inventory, flags, context) : await fromMachine(target, inventory, flags)
    const { needs, audit, program, plan } = judged
    if (plan && flags.out !== undefined) writeFileSync(flags.out, planText(plan), { mode: 0o600 })
    if (flags.output === 'json')
      await context.out.write(
        `${JSON.stringify({ schema: 'culprit.firewall/v1', host: needs.host, roles: needs.roles, firewall: program, ...audit, plan: plan ?? null }, null, 2)}\n`,
      )
    else
      await context.out.write(
        `${firewallReport(needs, audit, program, context.style)}${plan ? `\n${planReport(plan, { style: context.style, file: flags.out })}` : '\nNothing is missing.\n'}`,
      )
    return plan ? EXIT.fault : EXIT.fine
  } finally {
    await target.close()
  }
}

/** `culprit firewall apply`: opens what is missing, as a repair: saved first, proved, undone unless it holds. */
export async function firewallApply(flags: FirewallFlags, context: Context): Promise<ExitCode> {
  const inventory = readInventory(flags, context)
  const target = targetOf(flags)
  try {
    const { plan, needs, audit, program } = await fromMachine(target, inventory, flags)
    context.warn(
      firewallReport(needs, audit, program, { ...context.style })
        .trimEnd()
        .split('\n')[0] ?? '',
    )
    if (!plan) {
      await context.out.write('Nothing is missing.\n')
      return EXIT.fine
    }
    return await applyWithGuards(plan, target, flags, context)
  } finally {
    await target.close()
  }
}

/** `culprit firewall clean`: takes back every opening that is still in force, the last first; exactly what was put there and nothing else. */
export async function firewallClean(flags: FirewallFlags, context: Context): Promise<ExitCode> {
  const target = targetOf(flags)
  try {
    const runs = (await target.store.list()).filter(
      ({ plan, state }) => plan?.origin.kind === 'firewall' && state !== 'rolled-back' && state !== 'prepared',
    )
    const latest = [...runs].sort((a, b) => (b.journal[0]?.time ?? '').localeCompare(a.journal[0]?.time ?? ''))
    for (const { id } of latest) {
      const end = await takeBack(id, target.store, 'asked for', { tell: () => undefined })
      if (end.kind !== 'rolled-back')
        throw new CliError(EXIT.stuck, `${id} could not be taken back`, `the backup is in ${target.store.path(id, 'backup')}`)
      await context.out.write(`Taken back: ${id}\n`)
    }
    if (latest.length === 0) await context.out.write('Nothing was opened here.\n')
    return EXIT.fine
  } finally {
    await target.close()
  }
}

function readInventory({ inventory: file }: FirewallFlags, context: Context): Inventory {
  if (file === undefined)
    throw usageError('firewall needs --inventory FILE', 'an Ansible inventory (ini or YAML), or hosts.yaml: see docs/repair.md')
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw evidenceError(`cannot read ${file}`, undefined, cause)
  }
  const inventory = parseInventory(text)
  for (const { line, text: problem } of inventory.problems)
    context.warn(`note: ${file}${line > 0 ? `:${line}` : ''}: not understood: ${problem}`)
  if (inventory.hosts.length === 0)
    throw evidenceError(
      `${file} names no host`,
      'an Ansible inventory has groups with hosts; hosts.yaml a list of hosts with name, address and roles',
    )
  return inventory
}

async function fromEvidence(evidence: readonly string[], inventory: Inventory, flags: FirewallFlags, context: Context): Promise<Judged> {
  const documents = await loadEvidence(evidence, context)
  const hosts = new Set(documents.flatMap(({ place }) => place.host ?? []))
  const name = flags.host !== undefined && hosts.has(flags.host) ? flags.host : nameOfHost(documents)
  const namespace = namespaceAt(documents, name, '')
  if (!namespace) throw evidenceError(`the evidence has no host ${name}`, `it has ${[...hosts].join(', ')}; choose with --host`)
  return judge(documents, namespace, inventory, flags, flags.firewall ?? rulesOf(namespace), undefined)
}

async function fromMachine(target: Target, inventory: Inventory, flags: FirewallFlags): Promise<Judged> {
  const captured = await capture(target.executor, target.name)
  const documents = documentsOf(captured)
  const namespace = namespaceAt(documents, captured.host, '')
  if (!namespace) throw evidenceError(`the state of ${target.executor.name} cannot be read: ${captured.missing[0] ?? ''}`, 'run it as root')
  const session = target.own ? readSshConnection(process.env.SSH_CONNECTION) : undefined
  return judge(documents, namespace, inventory, flags, flags.firewall ?? (await firewallOf(target.executor, namespace)), session)
}

function judge(
  documents: readonly Document[],
  namespace: Namespace,
  inventory: Inventory,
  flags: FirewallFlags,
  program: FirewallProgram,
  session: ReturnType<typeof readSshConnection>,
): Judged {
  const name = hostIn(inventory, namespace, flags.host)
  const needs = needsOf(loadRoles(), inventory, name)
  if (!needs || needs.roles.length === 0)
    throw usageError(
      `${name} has no role: none of its groups is one of knowledge/roles.yaml`,
      'culprit knows kube_control_plane, kube_node, etcd, registry and the like',
    )
  const audit = auditHost(documents, namespace.host, needs)
  // firewalld and ufw tell nobody by which interface a zone holds: what the model cannot settle is asked of them anyway, and they refuse what is there.
  const drafts = firewallDrafts(program, audit, namespace, program === 'firewalld')
  if (drafts.length === 0) return { needs, audit, program, plan: undefined }
  const book = loadOwners()
  const plan = composePlan(documents, {
    id: `firewall-${name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .slice(0, 30)}-${randomBytes(3).toString('hex')}`,
    title: `What the roles of ${name} need`,
    origin: { kind: 'firewall', id: name },
    target: { host: namespace.host, netns: '' },
    drafts,
    criteria: [],
    state: stateOf(documents, namespace.host, '', book),
    timer: flags.timer ?? 120,
    session,
    book,
  })
  if ('kind' in plan) throw new CliError(EXIT.refused, plan.why)
  return { needs, audit, program, plan }
}

/** The host of the inventory that this machine is: the one that is named, that has its name, or one of its addresses. */
function hostIn({ hosts }: Inventory, namespace: Namespace, wanted: string | undefined): string {
  const own = new Set([...namespace.owned].map(formatAddress))
  const found =
    wanted === undefined
      ? (hosts.find(({ name }) => name === namespace.host) ?? hosts.find((host) => own.has(addressOf(host) ?? '')))
      : hosts.find(({ name }) => name === wanted)
  if (found) return found.name
  throw usageError(
    wanted === undefined
      ? `the inventory has no host ${namespace.host}, and none with its addresses`
      : `the inventory has no host ${wanted}`,
    `it has ${hosts
      .slice(0, 10)
      .map(({ name }) => name)
      .join(', ')}; choose with --host`,
  )
}
