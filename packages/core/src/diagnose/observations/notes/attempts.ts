import type { Command } from '../../../intake/notes/command.ts'
import { commandsOf } from '../../../intake/notes/command.ts'
import type { Pasted } from '../../../intake/notes/pasted.ts'
import { isKnownCommand } from '../../../intake/notes/prompt.ts'
import { parseAddress } from '../../../net/address.ts'
import type { Result } from '../observation.ts'
import type { Endpoint } from './endpoint.ts'
import { type Lead, leadOf } from './lead.ts'
import { type Outcome, ofExit, outcomesOf, statusResult } from './outcome.ts'
import { isHypothetical, leadAbove, type Page } from './page.ts'
import type { Party } from './party.ts'
import { judgementIn } from './reasons.ts'
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

/** A command with the lines that it printed. */
interface Run {
  readonly command: Command | undefined
  readonly commandText: string
  readonly line: number
  readonly lines: readonly string[]
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

interface Context {
  readonly page: Page
  readonly pasted: Pasted
  readonly hosts: ReadonlySet<string>
  readonly lead: Lead | undefined
  readonly headings: readonly string[]
  readonly next: Pasted | undefined
}

const PRINTED = /^(?:\S+: |curl: |\S+ v\d)/

/** Cuts an output where a further command stands without a prompt. */
function runsOf(pasted: Pasted): readonly Run[] {
  const runs: { command: Command | undefined; commandText: string; line: number; lines: string[] }[] = []
  const tries = pasted.commands.filter((command) => targetOf(command) !== undefined)
  const command = tries.length === 1 ? tries[0] : tries.length === 0 ? pasted.commands.at(-1) : undefined
  if (tries.length > 1) return severalAtOnce(pasted, tries)
  runs.push({ command, commandText: pasted.commandText, line: pasted.commandLine || pasted.line, lines: [] })
  let started = pasted.line
  for (const [i, line] of pasted.lines.entries()) {
    const typed = line.trim()
    const further = isKnownCommand(typed) && !PRINTED.test(typed) ? commandsOf(typed).find((one) => targetOf(one)) : undefined
    if (further) {
      started = pasted.line + i
      runs.push({ command: further, commandText: typed, line: started, lines: [] })
    } else runs.at(-1)?.lines.push(line)
  }
  return runs
}

/** `curl a; curl b`: their outcomes in the same order, where there are as many. */
function severalAtOnce(pasted: Pasted, tries: readonly Command[]): readonly Run[] {
  const outcomes = outcomesOf(pasted.lines)
  if (outcomes.length !== tries.length)
    return [{ command: undefined, commandText: pasted.commandText, line: pasted.line, lines: pasted.lines }]
  return tries.map((command, i) => {
    const at = outcomes[i]?.line ?? 0
    const from = i === 0 ? 0 : (outcomes[i - 1]?.line ?? 0) + 1
    return { command, commandText: pasted.commandText, line: pasted.line + from - 1, lines: pasted.lines.slice(from, at + 1) }
  })
}

function attemptsOf(run: Run, last: boolean, context: Context): readonly Tried[] {
  const { command } = run
  const target = command && targetOf(command)
  const outcomes = outcomesOf(run.lines)
  const from = senderOf(command, context)
  if (target && command) {
    const told = outcomes.length ? outcomes : quietOutcome(run, last, target, command, context)
    const asked = target.lookup === undefined ? target : serverAsked(target, run.lines)
    return distinct(told.map((outcome) => tried(run, from, asked, outcome, context)))
  }
  const own = outcomes.filter(({ host, port }) => host !== undefined && (port !== undefined || parseAddress(host) !== undefined))
  return distinct(own.slice(0, 50).map((outcome) => tried(run, reporter(from, outcome, run), undefined, outcome, context)))
}

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
    result: outcome.result,
    ...(target?.length !== undefined && { length: target.length }),
    line: at === undefined ? run.line : lineOf(run, context, outcome.line),
    quote: (at ?? run.commandText).trim(),
    ...(context.lead?.target !== undefined && { toward: context.lead.target }),
  }
}

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
function senderOf(command: Command | undefined, { pasted, lead }: Context): Party {
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
  return host === undefined ? { kind: 'unknown' } : { kind: 'host', name: host }
}

/** The output itself does not tell: an exit code, a comment, the words around, or a page that came. */
function quietOutcome(run: Run, last: boolean, target: Target, command: Command, context: Context): readonly Outcome[] {
  const at = (result: Result | undefined, line: number): readonly Outcome[] => (result === undefined ? [] : [{ result, line }])
  for (const [i, line] of run.lines.entries()) {
    const comment = /^\s*(?:#|\/\/|--|=>|→|⇒|<-+|←)\s*(\S.*)$/.exec(line)?.[1]
    const judged = comment === undefined || /\bshould\b|\bexpect/i.test(comment) ? undefined : judgementIn(comment)
    if (judged !== undefined) return at(judged, i)
    if (/^\s*(?:result|output|status)\s*[:=]/i.test(line)) return at(judgementIn(line), i)
    if (/^\d{3}$/.test(line.trim())) return at(statusResult(line.trim()), i)
    if (/^\^C/.test(line.trim())) return at('timeout', i)
  }
  const trailing = /\s(?:#|←|<-+|=>|→)\s*(\S.*)$/.exec(run.commandText)?.[1]
  if (trailing !== undefined && !/\bshould\b|\bexpect/i.test(trailing)) {
    const judged = judgementIn(trailing)
    if (judged !== undefined) return at(judged, -1)
  }
  const exit = last && context.next && /^echo \$\?/.test(context.next.commandText) ? context.next.lines[0]?.trim() : undefined
  if (exit !== undefined && command.program === 'curl') return at(ofExit(exit) ?? 'fails', -1)
  if (exit !== undefined) return at(exit === '0' ? 'connects' : 'fails', -1)
  const around = (last ? wordsBelow(context) : undefined) ?? context.lead?.judgement ?? judgementOfHeadings(context.headings)
  if (around !== undefined) return at(around, -1)
  return bodyOf(run, command, target) ? at('connects', 0) : []
}

/** "Result: FAILED (connection refused)" or "→ times out" right below an output. */
function wordsBelow({ page, pasted }: Context): Result | undefined {
  const end = pasted.line - 1 + pasted.lines.length
  for (let at = Math.max(end, pasted.commandLine); at < end + 5 && at < page.lines.length; at++) {
    if (page.covered.has(at)) {
      if (/^\s*(?:`{3,}|~{3,}|<\/pre>)/.test(page.lines[at] as string)) continue
      return undefined
    }
    const text = (page.lines[at] as string).trim()
    if (text === '') continue
    const shown = outcomesOf([text])[0]
    if (shown) return shown.result
    if (
      /^(?:the (?:request|command|connection|call) |it )?(?:just )?(?:hangs|times out|works|fails|timed out|succeeds|failed|is refused|never returns)\b/i.test(
        text,
      )
    )
      return judgementIn(text)
    const told =
      /^(?:[-*]\s*)?\**(?:results?|outcome|output|status|error|observed)\**\s*[:=]+\**\s*(.*)$/i.exec(text)?.[1] ??
      /^(?:→|=>|->|⇒|✅|❌)\s*.*$/.exec(text)?.[0]
    return told === undefined ? undefined : judgementIn(told)
  }
  return undefined
}

/** Only a heading that says nothing else: "What WORKS ✅", "Fails". */
const judgementOfHeadings = (headings: readonly string[]): Result | undefined => {
  for (const title of [...headings].reverse()) {
    const words = title
      .replace(/[^\p{L}\s]/gu, ' ')
      .trim()
      .split(/\s+/)
    if (words.length <= 4 && /\b(?:works?|working|fails?|failing|failed|broken|ok|success\w*|not)\b/i.test(title)) return judgementIn(title)
  }
  return undefined
}

const SHOWS_BODY = new Set(['curl', 'wget', 'http', 'grpcurl', 'redis-cli', 'psql', 'mysql', 'mongosh', 'curl.exe'])

/** A page, a JSON answer: what came from the server itself. */
const bodyOf = ({ lines }: Run, { program }: Command, target: Target): boolean =>
  target.lookup === undefined &&
  SHOWS_BODY.has(program) &&
  lines.some(
    (line) =>
      line.trim() !== '' &&
      !/^[\s.*#[(<]*(?:\.\.\.|snip|truncated|output omitted)/i.test(line) &&
      !/^\s*(?:%|#|\d+\s+\d)/.test(line) &&
      !/not found|no such file|command/i.test(line),
  )
