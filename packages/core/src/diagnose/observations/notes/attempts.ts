import type { Command } from '../../../intake/notes/command.ts'
import { expectationOf } from '../../../intake/notes/expectation.ts'
import type { Pasted } from '../../../intake/notes/pasted.ts'
import { parseAddress } from '../../../net/address.ts'
import { isLoopback } from '../../../net/special.ts'
import type { Result } from '../observation.ts'
import type { Endpoint } from './endpoint.ts'
import { leadOf } from './lead.ts'
import { type Outcome, outcomesOf } from './outcome.ts'
import { isHypothetical, leadAbove, type Page } from './page.ts'
import type { Party } from './party.ts'
import { type Context, quietOutcome } from './quiet.ts'
import { type Run, runsOf } from './runs.ts'
import { type Target, targetOf } from './target.ts'

/** A connection that the notes tell of, before names are looked up. */
export interface Tried {
  readonly from: Party
  readonly to: Endpoint
  /** The name that stood in its place. */
  readonly asked?: string | undefined
  readonly result: Result
  readonly length?: number | undefined
  /** 1-based. */
  readonly line: number
  /** What was read there. */
  readonly quote: string
  /** What sort of place it goes to: "Pod → ClusterIP". */
  readonly toward?: string | undefined
  readonly sameNode?: boolean | undefined
}

/** The attempts in the pasted outputs of a page. */
export function pastedAttempts(page: Page, hosts: ReadonlySet<string>): readonly Tried[] {
  return page.pasted.flatMap((pasted, i) => {
    const first = pasted.commandLine || pasted.line
    if (isHypothetical(page.sections[first - 1] ?? [])) return []
    const above = leadAbove(page, first)
    const context: Context = {
      page,
      pasted,
      hosts,
      lead: above && leadOf(above.text, hosts),
      headings: page.sections[first - 1] ?? [],
      next: page.pasted[i + 1],
    }
    const runs = runsOf(pasted)
    return runs.flatMap((run, at) => attemptsOf(run, at === runs.length - 1, context))
  })
}

function attemptsOf(run: Run, last: boolean, context: Context): readonly Tried[] {
  const { command } = run
  const target = command && targetOf(command)
  const outcomes = outcomesOf(run.lines)
  const from = senderOf(command, context)
  if (target && command) {
    const told = (outcomes.length ? outcomes : quietOutcome(run, last, target, command, context)).map((one) => misled(one, context))
    const asked = target.lookup === undefined ? target : serverAsked(target, run.lines)
    return distinct(told.map((outcome) => tried(run, from, asked, outcome, context)))
  }
  const own = outcomes.filter(({ host, port }) => host !== undefined && (port !== undefined || parseAddress(host) !== undefined))
  return distinct(own.slice(0, 50).map((outcome) => tried(run, reporter(from, outcome, run), undefined, outcome, context)))
}

/** Somebody answers, and the words above say that it is not who was asked. */
const misled = (outcome: Outcome, { lead }: Context): Outcome =>
  outcome.result === 'connects' && lead?.judgement === 'wrong-server' ? { ...outcome, result: 'wrong-server' } : outcome

/** `Server: 10.96.0.10` (nslookup), `;; SERVER: 10.96.0.10#53` (dig): who was asked for a name, where the command does not say. */
function serverAsked(target: Target, lines: readonly string[]): Target {
  if (target.port !== undefined) return target
  for (const line of lines) {
    const server = /^\s*(?:;; )?server:\s+\[?([0-9a-f.:]+?)\]?(?:#(\d+)|\(|\s|$)/i.exec(line)
    if (server && parseAddress(server[1] as string) !== undefined)
      return { ...target, host: server[1] as string, port: Number(server[2] ?? 53) }
  }
  return target
}

/** A log tells its own sender; that of `kubectl logs POD` is the pod. */
function reporter(from: Party, { src }: Outcome, { command }: Run): Party {
  if (src !== undefined) return { kind: 'unknown', address: src }
  if (!command) return from.kind === 'host' ? { kind: 'unknown' } : from
  const words = command.args.filter((arg) => !arg.startsWith('-'))
  const logs = words.indexOf('logs')
  const name = logs < 0 ? undefined : words[logs + 1]
  if (name !== undefined && /^(?:kubectl|oc)$/.test(command.program)) return { kind: 'pod', name: name.replace(/^pods?\//, '') }
  if (name !== undefined && /^(?:docker|podman|nerdctl)$/.test(command.program)) return { kind: 'container', name }
  return from
}

function tried(run: Run, from: Party, target: Target | undefined, outcome: Outcome, context: Context): Tried {
  const { host, port, protocol } = outcome
  const to = mergedTarget(target, host, port, protocol)
  const asked = target && target.host !== to.host ? target.host : target?.lookup
  const at = outcome.line >= 0 ? run.lines[outcome.line] : undefined
  return {
    from,
    to,
    ...(asked !== undefined && parseAddress(asked) === undefined && { asked }),
    result: isUnanswered(target, outcome) ? 'no-name' : outcome.result,
    ...(target?.length !== undefined && { length: target.length }),
    line: at === undefined ? run.line : lineOf(run, context, outcome.line),
    quote: (at ?? run.commandText).trim(),
    ...(context.lead?.target !== undefined && { toward: context.lead.target }),
  }
}

/** A query that nobody answers: whom it was sent to is not told, and so there is no connection to speak of. */
const isUnanswered = (target: Target | undefined, { result, host }: Outcome): boolean =>
  target?.lookup !== undefined && target.port === undefined && host === undefined && result === 'timeout'

function lineOf(run: Run, { pasted }: Context, index: number): number {
  return run.line === (pasted.commandLine || pasted.line) ? pasted.line + index : run.line + 1 + index
}

/** The address that the program reports, where it tells more than what was typed. */
function mergedTarget(
  target: Target | undefined,
  host: string | undefined,
  port: number | undefined,
  protocol: Outcome['protocol'],
): Endpoint {
  if (!target) return { host: host ?? '', port, protocol: protocol ?? (port === undefined ? 'icmp' : 'tcp') }
  if (host === undefined) return target
  const address = parseAddress(host) !== undefined
  if (!address && parseAddress(target.host) !== undefined) return target
  return { host, port: target.protocol === 'icmp' ? undefined : (port ?? target.port), protocol: protocol ?? target.protocol }
}

/** Same flow, same result, told twice by one command. */
function distinct(all: readonly Tried[]): readonly Tried[] {
  const seen = new Set<string>()
  return all.filter(({ to, result }) => {
    const key = `${to.host} ${to.port} ${result}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Where it runs as its wrapper or prompt tells, and what the words above add to it. */
function senderOf(command: Command | undefined, { pasted, lead, hosts, page }: Context): Party {
  const told = lead?.party
  const address = told?.address
  const host = command?.host ?? pasted.place.host
  if (command?.netns !== undefined)
    return {
      kind: command.inside ?? 'namespace',
      name: command.netns,
      namespace: command.namespace,
      host,
      ...(told?.kind !== 'host' && { address }),
    }
  if (command?.host !== undefined) return { kind: 'host', name: command.host }
  if (pasted.place.netns) {
    const kind = told && told.kind !== 'host' && told.kind !== 'outside' && told.kind !== 'unknown' ? told.kind : 'container'
    return { kind, name: pasted.place.netns, namespace: told?.namespace, host, ...(told?.kind !== 'host' && { address }) }
  }
  if (told?.kind === 'outside' || pasted.elsewhere) return { kind: 'outside', address, host }
  if (told && told.kind !== 'unknown') return told.kind === 'host' ? { ...told, name: told.name ?? host } : { ...told, host }
  if (told?.address !== undefined) return { ...told, host }
  if (pasted.inImage) return { kind: page.lines.some((line) => CLUSTER.test(line)) ? 'pod' : 'container', host }
  if (isFromDesk(command, pasted, page)) return { kind: 'outside', host }
  // What is typed at a bare prompt is typed on the machine that the notes are about, where they are about one.
  const typed = command !== undefined && pasted.commandLine > 0 && hosts.size <= 1
  return host === undefined && !typed ? { kind: 'unknown' } : { kind: 'host', name: host }
}

/**
 * `$ curl http://203.0.113.9` in notes that call their machine by name at every other prompt: tried from the writer's desk. Loopback, and
 * what only containers have, is not.
 */
function isFromDesk(command: Command | undefined, pasted: Pasted, page: Page): boolean {
  const target = command && targetOf(command)
  const address = target && parseAddress(target.host)
  if (!pasted.bare || typeof address !== 'number' || isLoopback(address) || isPrivate(address)) return false
  return page.pasted.some(
    (one) =>
      !one.bare && one.place.netns === '' && one.place.host !== undefined && expectationOf(one.commands[0] as Command).format !== undefined,
  )
}

/** RFC 1918, and the shared space of RFC 6598. */
const isPrivate = (address: number): boolean =>
  address >>> 24 === 10 || address >>> 20 === 0xac1 || address >>> 16 === 0xc0a8 || address >>> 22 === 0x191

const CLUSTER = /\bkubectl\b|\bk8s\b|\bkubernetes\b|\bpods?\b|\bk3s\b/i
