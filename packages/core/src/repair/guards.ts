import { createEngine } from '../datapath/engine.ts'
import type { TraceResult } from '../datapath/trace.ts'
import type { Document } from '../intake/document.ts'
import { assemble } from '../model/assemble.ts'
import type { Namespace } from '../model/namespace.ts'
import { parseAddress } from '../net/address.ts'
import type { OwnerBook } from '../netfilter/owners/book.ts'
import { NO_NAMES } from '../netfilter/owners/names.ts'
import { createOwners } from '../netfilter/owners/ownership.ts'
import { iptablesTables } from '../netfilter/owners/view.ts'
import type { Operation } from './operation.ts'
import { rulesetOf } from './operations/iptables.ts'
import type { Guard, PlanStep, Proof } from './plan.ts'

/** The four words of SSH_CONNECTION: the session that whoever repairs sits in. */
export interface SshSession {
  readonly client: string
  readonly clientPort: number
  readonly server: string
  readonly serverPort: number
}

/** Reads SSH_CONNECTION, `198.51.100.7 50022 192.0.2.10 22`; undefined where it is no such thing. */
export function readSshConnection(text: string | undefined): SshSession | undefined {
  const [client = '', clientPort = '', server = '', serverPort = ''] = (text ?? '').trim().split(/\s+/)
  if (parseAddress(client) === undefined || parseAddress(server) === undefined || !/^\d+$/.test(clientPort) || !/^\d+$/.test(serverPort))
    return undefined
  return { client, server, clientPort: Number(clientPort), serverPort: Number(serverPort) }
}

/** Does the own session live on, and could it be made anew? Asked on the model, before and after. */
export function guardSession(session: SshSession, before: readonly Document[], after: readonly Document[], host: string): Guard {
  const name = `the SSH session from ${session.client}`
  const [was, is] = [survives(session, before, host), survives(session, after, host)]
  if (is === 'yes') return { id: 'ssh-session', status: 'holds', text: `${name} lives on, in the model` }
  if (was === 'yes' && is === 'no') return { id: 'ssh-session', status: 'fails', text: `${name} would be cut off` }
  const why = was === 'yes' ? 'the model does not know whether it lives on' : 'the model does not even know the session as it is'
  return { id: 'ssh-session', status: 'unknown', text: `${name}: ${why}` }
}

function survives(session: SshSession, documents: readonly Document[], host: string): 'yes' | 'no' | 'unknown' {
  const engine = createEngine(documents)
  const client = parseAddress(session.client)
  const namespace = engine.model.hosts.get(host)
  if (!namespace || client === undefined) return 'unknown'
  const local = namespace.owned.has(client)
  const found = namespace.fib[typeof client === 'number' ? 'ip' : 'ip6'].routes
  const iif = local ? undefined : deviceTowards(namespace, found, client)
  if (!local && iif === undefined) return 'no'
  const to = `${session.server.includes(':') ? `[${session.server}]` : session.server}:${session.serverPort}/tcp`
  const answers = ['ack', 'syn'].map((flags) =>
    engine.trace({
      ...(local ? { from: `host/${host}` } : { from: 'outside', host, ...(iif === undefined ? {} : { iif }) }),
      to,
      src: session.client,
      sport: session.clientPort,
      flags,
    }),
  )
  const words = answers.map(delivered)
  return words.includes('no') ? 'no' : words.includes('unknown') ? 'unknown' : 'yes'
}

/** The device that answers to the client go by is taken for the one that its packets come in by. */
function deviceTowards(namespace: Namespace, routes: Namespace['fib']['ip']['routes'], client: number | bigint): string | undefined {
  const key = { src: undefined, dst: client, iif: 'lo', mark: 0, tos: 0, protocol: 6, sport: 0, dport: 0 }
  const result = namespace.fib[typeof client === 'number' ? 'ip' : 'ip6'].lookup(key)
  if (result.kind === 'route') return result.nextHops[0]?.device
  return result.kind === 'unknown' ? routes.find((route) => route.destination.length === 0)?.nextHops[0]?.device : undefined
}

function delivered(result: TraceResult | { readonly kind: string }): 'yes' | 'no' | 'unknown' {
  if (!('outcomes' in result)) return 'unknown'
  const ends = result.outcomes.map(({ verdict, reply }) => {
    const lost = reply !== null && reply.verdict !== 'delivered' && reply.verdict !== 'forwarded'
    if (verdict === 'unknown' || reply?.verdict === 'unknown') return 'unknown'
    return verdict === 'delivered' && !lost ? 'yes' : 'no'
  })
  return ends.includes('no') ? 'no' : ends.includes('unknown') ? 'unknown' : 'yes'
}

/** What the proof says against the plan. */
export function guardProof(proof: Proof): Guard {
  if (proof.broken > 0) return { id: 'proof', status: 'fails', text: `${flows(proof.broken)} that work now would not, in the model` }
  if (proof.unsure > 0)
    return { id: 'proof', status: 'unknown', text: `of ${flows(proof.unsure)} that work now the model does not know what becomes` }
  return {
    id: 'proof',
    status: 'holds',
    text: `no flow that works now breaks, in the model (${flows(proof.repaired)} repaired, ${proof.unchanged} unchanged)`,
  }
}

const flows = (count: number): string => `${count} ${count === 1 ? 'flow' : 'flows'}`

/** Steps that nothing takes back must be known to be such. */
export function guardUndo(steps: readonly PlanStep[]): readonly Guard[] {
  return steps
    .filter(({ undo, undoNote }) => undo.length === 0 && undoNote.startsWith('no undo'))
    .map(({ number, undoNote }): Guard => ({ id: `undo-${number}`, status: 'fails', text: `step ${number}: ${undoNote}` }))
}

/** A rule in a chain that its owner writes anew is gone with the next restart: it belongs where the owner keeps such rules. */
export function guardOwner(op: Operation, number: number, namespace: Namespace, book: OwnerBook): Guard | undefined {
  if (op.kind !== 'rule' || op.action === 'delete') return undefined
  const ruleset = rulesetOf(namespace.iptables, op)
  const table = ruleset && iptablesTables(ruleset).find(({ name }) => name === op.table)
  const chain = table?.chains.get(op.chain)
  if (!table || !chain) return undefined
  const { owner, rewritten, change } = createOwners(book, NO_NAMES, namespace.name).chain(table, chain)
  if (!rewritten || chain.hook !== undefined) return undefined
  return {
    id: `owner-${number}`,
    status: 'fails',
    text: `step ${number}: ${owner.name} writes ${op.chain} anew${change === '' ? '' : `; ${change}`}`,
  }
}

export const namespaceAt = (documents: readonly Document[], host: string, netns: string): Namespace | undefined =>
  assemble(documents.filter(({ place }) => (place.host ?? host) === host && place.netns === netns)).byId.get(
    netns === '' ? host : `${host}/${netns}`,
  )
