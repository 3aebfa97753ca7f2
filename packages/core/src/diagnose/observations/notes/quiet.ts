import type { Command } from '../../../intake/notes/command.ts'
import type { Pasted } from '../../../intake/notes/pasted.ts'
import type { Result } from '../observation.ts'
import type { Lead } from './lead.ts'
import { type Outcome, ofExit, outcomesOf, statusResult } from './outcome.ts'
import type { Page } from './page.ts'
import { judgementIn } from './reasons.ts'
import type { Run } from './runs.ts'
import type { Target } from './target.ts'

/** What stands around an output. */
export interface Context {
  readonly page: Page
  readonly pasted: Pasted
  readonly hosts: ReadonlySet<string>
  readonly lead: Lead | undefined
  readonly headings: readonly string[]
  readonly next: Pasted | undefined
}

/** The output itself does not tell: an exit code, a comment, the words around, or a page that came. */
export function quietOutcome(run: Run, last: boolean, target: Target, command: Command, context: Context): readonly Outcome[] {
  const at = (result: Result | undefined, line: number): readonly Outcome[] => (result === undefined ? [] : [{ result, line }])
  for (const [i, line] of run.lines.entries()) {
    const comment = /^\s*(?:#|\/\/|--|=>|→|⇒|<-+|←)\s*(\S.*)$/.exec(line)?.[1]
    const judged = comment === undefined || /\bshould\b|\bexpect/i.test(comment) ? undefined : judgementIn(comment)
    if (judged !== undefined) return at(judged, i)
    if (/^\s*(?:result|output|status)\s*[:=]/i.test(line)) return at(judgementIn(line), i)
    if (/echo \$\?/.test(run.commandText) && /^\d{1,3}$/.test(line.trim()))
      return at(command.program === 'curl' ? (ofExit(line.trim()) ?? 'fails') : line.trim() === '0' ? 'connects' : 'fails', i)
    const status = /^(\d{3})(?:\s+[\d.]+s?)*$/.exec(line.trim())?.[1]
    if (status !== undefined) return at(statusResult(status), i)
    if (/^(?:ok|open|up|success|succeeded|failed|fail|closed|timeout|down|reachable|unreachable|connected|works)\W*$/i.test(line.trim()))
      return at(judgementIn(line.trim()), i)
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
  if (around !== undefined && !(around !== 'wrong-server' && isPage(run) && bodyOf(run, command, target))) return at(around, -1)
  return bodyOf(run, command, target) ? at(isForeignBody(run, target) ? 'wrong-server' : 'connects', 0) : []
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

/** The API server answers in JSON; a plain 404 in its place is an ingress controller's. */
const isForeignBody = ({ lines }: Run, { host, port }: Target): boolean =>
  port === 443 &&
  (/\.0\.1$/.test(host) || /^kubernetes(?:\.default|$)/.test(host)) &&
  lines.some((line) => /^(?:404 page not found|default backend - 404)/.test(line.trim()))

/** The beginning of a page or of JSON came, whatever the words above say of several commands. */
const isPage = ({ lines }: Run): boolean =>
  /^\s*(?:<!doctype|<html|<head|<\?xml|\{\s*"|\{$|\[\{|(?:\d{1,3}\.){3}\d{1,3}\s*$)/i.test(lines.find((line) => line.trim() !== '') ?? '')

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
      !/command not found|: not found|no such file/i.test(line),
  )
