import type { Result } from '../observation.ts'
import { FORMS, type Form, type Says } from './forms.ts'
import { reasonIn } from './reasons.ts'

/** What an output says of one connection. */
export interface Outcome {
  readonly result: Result
  /** Where it went, as the program itself reports. */
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly protocol?: 'tcp' | 'udp' | undefined
  /** The sender's address, where the message shows it. */
  readonly src?: string | undefined
  /** Index of the line that says so. */
  readonly line: number
}

/** Lines of one attempt that are not its last word yet. */
interface Pending {
  readonly outcome: Outcome
  readonly says: Says
  /** Lines that followed and that no form knows: a page that came. */
  readonly more: number
  readonly interrupted: boolean
}

/** What the lines of an output say: one outcome for each attempt that they tell of, in their order. */
export function outcomesOf(lines: readonly string[]): readonly Outcome[] {
  const out: Outcome[] = []
  let pending: Pending | undefined
  for (const [i, raw] of lines.entries()) {
    const line = raw.slice(0, 600).replace(/^[\s_]+/, '')
    if (line === '' || isMeter(line)) continue
    const found = outcomeIn(line, i, lines)
    if (!found) {
      if (pending) pending = { ...pending, more: pending.more + 1, interrupted: pending.interrupted || line.startsWith('^C') }
    } else if (found.form.preliminary) {
      pending = { outcome: merged(found.outcome, pending), says: found.form.says, more: 0, interrupted: false }
    } else {
      out.push(concluded(found.outcome, pending))
      pending = undefined
    }
  }
  if (pending && (out.length === 0 || pending.says === 'trying')) out.push(unfinished(pending))
  return out
}

/** curl's meter of time and bytes. */
const isMeter = (line: string): boolean =>
  /^\d+\s+[\d.]+[kMG]?\s+\d+\s+[\d.]+[kMG]?\s+\d+\s+\d[^*]*$/.test(line) || line.startsWith('% Total')

const merged = (outcome: Outcome, before: Pending | undefined): Outcome =>
  outcome.host === undefined && before ? { ...outcome, host: before.outcome.host, port: outcome.port ?? before.outcome.port } : outcome

/** The last word, with the address that an earlier line told; silence after the connection stood is a stall. */
function concluded(outcome: Outcome, before: Pending | undefined): Outcome {
  const whole = merged(outcome, before)
  return before?.says === 'connected' && whole.result === 'timeout' ? { ...whole, result: 'stalls' } : whole
}

function unfinished({ outcome, says, more, interrupted }: Pending): Outcome {
  if (says === 'trying') return { ...outcome, result: more > 0 && !interrupted ? 'connects' : 'timeout' }
  if (says === 'connected') return { ...outcome, result: interrupted ? 'stalls' : 'connects' }
  return outcome
}

function outcomeIn(line: string, at: number, lines: readonly string[]): { readonly form: Form; readonly outcome: Outcome } | undefined {
  for (const form of FORMS) {
    const match = form.pattern.exec(line)
    if (!match) continue
    const groups = match.groups ?? {}
    const result = resultOf(form.says, line, groups, lines)
    if (result === undefined) continue
    const { host, port, src, protocol } = groups
    const outcome = { result, host, port: port === undefined ? undefined : Number(port), src, line: at }
    return { form, outcome: protocol === 'tcp' || protocol === 'udp' ? { ...outcome, protocol } : outcome }
  }
  return undefined
}

type Groups = Readonly<Record<string, string | undefined>>

function resultOf(says: Says, line: string, groups: Groups, lines: readonly string[]): Result | undefined {
  switch (says) {
    case 'status':
      return statusResult(groups.status ?? '')
    case 'loss':
      return groups.received === '0' ? lostWhy(lines) : 'connects'
    case 'hidden':
      return hiddenReason(line)
    case 'exit':
      return ofExit(groups.exit ?? '')
    case 'trying':
      return 'timeout'
    case 'connected':
      return 'connects'
    case 'reason':
      return reasonIn(line.replace(PROGRAM, '')) ?? (PROGRAM.test(line) ? 'fails' : undefined)
    default:
      return says
  }
}

const PROGRAM = /^(?:curl|wget|nc|netcat|ncat|ping6?|telnet|nslookup): (?:\(\d+\) )?/i

/** An answer of the server, whatever it says, shows that it was reached; that of a gateway, that something behind it was not. */
export const statusResult = (status: string): Result | undefined =>
  status === '000' ? 'fails' : /^50[234]$/.test(status) ? 'application-error' : /^[2345]\d\d$/.test(status) ? 'connects' : undefined

function lostWhy(lines: readonly string[]): Result {
  for (const line of lines) {
    const said = /^\s*(?:from |ping)/i.test(line) ? reasonIn(line.slice(0, 600)) : undefined
    if (said !== undefined) return said
  }
  return 'timeout'
}

/** Newer versions of curl hide the reason; how long it took tells: a refusal comes at once, a neighbour is given up after three seconds. */
function hiddenReason(line: string): Result {
  const after = Number(/after (\d{1,9}) ms/.exec(line)?.[1] ?? 0)
  return after < 1000 ? 'refused' : after < 10_000 ? 'unreachable' : 'timeout'
}

/** curl's exit codes; other programs' do not tell. */
const EXITS: Readonly<Record<string, Result>> = {
  0: 'connects',
  6: 'no-name',
  7: 'fails',
  28: 'timeout',
  35: 'application-error',
  52: 'application-error',
  56: 'reset',
  60: 'application-error',
}

export const ofExit = (code: string): Result | undefined => EXITS[code]
