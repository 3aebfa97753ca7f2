import { commandsOf } from '../../../intake/notes/command.ts'
import { isKnownCommand } from '../../../intake/notes/prompt.ts'
import { parseAddress } from '../../../net/address.ts'
import type { Result } from '../observation.ts'
import type { Tried } from './attempts.ts'
import { type Endpoint, readEndpoint } from './endpoint.ts'
import { ARROW, senderIn, withoutMarks } from './lead.ts'
import { isHypothetical, type Page } from './page.ts'
import type { Party } from './party.ts'
import { judgementIn } from './reasons.ts'
import { roleIn, sameNodeIn } from './roles.ts'
import { targetOf } from './target.ts'
import { partyIn, unmarked } from './who.ts'

/** What is told without an output: list items with marks, arrows, sentences such as "from node2 it works". */
export function toldAttempts(page: Page, hosts: ReadonlySet<string>): readonly Tried[] {
  const out: Tried[] = []
  for (const [i, raw] of page.lines.entries()) {
    if (page.covered.has(i) && !isDrawn(page, i)) continue
    if (raw.trim() === '' || raw.trim().startsWith('|') || isHypothetical(page.sections[i] ?? [])) continue
    for (const sentence of sentencesOf(raw)) {
      const between = betweenNodes(sentence)
      if (between) out.push({ ...between, line: i + 1, quote: sentence.trim() })
      const exposed = exposedPort(sentence, hosts)
      if (exposed) out.push({ ...exposed, line: i + 1, quote: sentence.trim() })
      let before: Clause | undefined
      for (const clause of clausesOf(sentence)) {
        const read = readClause(clause, before, hosts)
        if (!read) continue
        before = read
        const told = triedOf(read, i + 1, sentence)
        if (told) out.push(told)
      }
    }
  }
  return out
}

/** A block without a command in which flows are drawn: `a → b:80 (FAILED)`. */
const isDrawn = (page: Page, line: number): boolean => {
  const pasted = page.blocks.get(line)
  const text = page.lines[line] as string
  return (
    pasted !== undefined &&
    pasted.commandText === '' &&
    text.length < 160 &&
    text.split(ARROW).length === 2 &&
    !/^\s*\d+\s|\bpkts\b|^\S*\[\d/.test(text)
  )
}

/** At most so much of a line is read as prose. */
const MOST = 600

const sentencesOf = (line: string): readonly string[] =>
  line.length > 4000
    ? []
    : line
        .slice(0, MOST)
        .replace(/\s+/g, ' ')
        .split(/(?<=[.!?])\s+(?=[A-Z`"✅❌])/u)
        .filter((text) => text.trim().length > 3)

const clausesOf = (sentence: string): readonly string[] =>
  sentence.split(/[,;]? (?:but|however|whereas|while|though|although|yet) | ?; |, and |, (?=(?:from|not)\b)/i).slice(0, 6)

interface Clause {
  readonly text: string
  readonly from: Party | undefined
  readonly to: Endpoint | undefined
  /** Words for the target where no address or name stands. */
  readonly toward: string | undefined
  readonly result: Result | undefined
}

/** What is wished, asked, guessed, was so before, or comes with a change that is not in the evidence. */
const NOT_SEEN =
  /\?\s*$|\b(?:should(?:n['’]?t)?|would|expect\w*|want(?:s|ed)?|wish|need(?:s|ed)? to|in order to|so that|how (?:to|do|can)|why (?:do|does|is|can)|trying to|tried to|make sure|ensure|verify|check (?:if|that|whether)|must|may|might|perhaps|probably|maybe|assum\w*|suppose\w*|guess|used to|previously|before (?:the|that|this|i|we)|until|worked (?:fine|before|well)|not tested|untested|needs? to be|let['’]?s|please|allow(?:s|ed)?|hypothes\w*|theory)\b|^\s*(?:unless|to|if(?! (?:i|we|you) (?:run|curl|try|ping|exec|use|connect|do|call)\b)) /i
/** "After I disable firewalld it works": of another machine than the one of the evidence. */
const CHANGED =
  /\b(?:after|once|when|if|by) (?:i |we |you )?(?:\w+ )?(?:disabl|stop|flush|remov|add|restart|reboot|set|chang|delet|switch|install|downgrad|upgrad|turn|apply|enabl|reload|fix)\w*/i

function readClause(text: string, before: Clause | undefined, hosts: ReadonlySet<string>): Clause | undefined {
  if (NOT_SEEN.test(text)) return undefined
  const plain = withoutMarks(text)
  const parts = plain.split(ARROW).filter((part) => part !== '')
  if (parts.length >= 2) return drawn(text, parts, hosts)
  const negated = /^(?:and |is |it |does )?(?:not|isn['’]?t|doesn['’]?t|can['’]?t|cannot)\b/i.test(plain)
  const result = negated ? (failureIn(plain) ?? 'fails') : verdictOf(text, plain)
  const command = commandIn(text)
  const from =
    command?.from ?? senderIn(plain, hosts) ?? subjectOf(plain, hosts) ?? (ON_HOST.test(plain) ? { kind: 'host' as const } : undefined)
  const to = command?.to ?? endpointIn(plain, from)
  const toward = to ? undefined : objectOf(plain)
  const inherits = toward === undefined && (from !== undefined || negated)
  if (result === undefined || (result === 'connects' && CHANGED.test(text))) return undefined
  return {
    text,
    from: from ?? (to || toward !== undefined ? before?.from : undefined),
    to: to ?? (inherits ? before?.to : undefined),
    toward: toward ?? (inherits && !to ? before?.toward : undefined),
    result,
  }
}

/** "curl 127.0.0.1:8080 on the host hangs" */
const ON_HOST =
  /\b(?:curl|ping|wget|nc|telnet|nslookup|dig)\s+\S+\s+(?:directly )?(?:on|from|at) (?:the |my )?(?:host|node|machine|server)\b/i

const EXPOSED =
  /\b(?:open|reachable|accessible|exposed|visible|answers)\b.{0,30}\b(?:to|from|on) (?:the )?(?:whole )?(?:world|internet|outside|everyone|anyone|everybody|public)\b/i
const DENIED =
  /\b(?:ufw|firewalld?|iptables|deny|denied|denies|default deny|closed|blocked|only \d|should(?:n['’]?t| not)|although|yet|despite|even though|still|not allowed)\b/i

/** "ufw denies it, yet 8080 is open to the world": reachable, and meant not to be. */
function exposedPort(sentence: string, hosts: ReadonlySet<string>): Omit<Tried, 'line' | 'quote'> | undefined {
  const open = EXPOSED.exec(sentence)
  if (!open || !DENIED.test(sentence) || /\bnot (?:open|reachable|accessible|exposed)\b|\?\s*$/i.test(sentence)) return undefined
  const near = sentence.slice(Math.max(0, open.index - 60), open.index)
  const port =
    /\b(?:port )?(\d{2,5})(?:\/tcp)?\W+(?:is|are|was|stays|remains)?\W*(?:still |wide )*$/i.exec(near)?.[1] ??
    /\bport (\d{2,5})/i.exec(sentence)?.[1]
  const to = endpointIn(sentence, undefined)
  const [host] = hosts
  if (to?.port !== undefined) return { from: { kind: 'outside' }, to, result: 'exposed' }
  if (port === undefined || host === undefined) return undefined
  return { from: { kind: 'outside' }, to: { host, port: Number(port), protocol: 'tcp' }, result: 'exposed' }
}

const OTHER_NODES = 'pods on other nodes'

/** "Pods on different nodes cannot communicate", "pods on the same node can". */
function betweenNodes(sentence: string): Omit<Tried, 'line' | 'quote'> | undefined {
  if (NOT_SEEN.test(sentence) || sentence.length > 200) return undefined
  const plain = unmarked(sentence)
  const same = sameNodeIn(plain)
  if (
    same === undefined ||
    !/\bpods?\b|\bcross[- ]node\b/i.test(plain) ||
    /\d\.\d|\bservices?\b|\bfrom\b|\bcluster ?ips?\b|\bendpoints?\b/i.test(plain)
  )
    return undefined
  const talks =
    /\b(?:communicat\w*|talk|reach|ping|connect\w*|traffic|networking|see)\b/i.test(plain) || /\b(?:can|works?)\W*$/i.test(plain)
  if (!talks || ARROW.test(plain)) return undefined
  const result = CANNOT.test(plain)
    ? (failureIn(plain) ?? 'fails')
    : (judgementIn(plain) ?? (/\bcan\b|\breach\b/i.test(plain) ? 'connects' : undefined))
  if (result === undefined) return undefined
  if (same && result === 'connects' && /\bonly\b/i.test(plain))
    return {
      from: { kind: 'pod' },
      to: { host: OTHER_NODES, port: undefined, protocol: 'tcp' },
      result: 'fails',
      toward: OTHER_NODES,
      sameNode: false,
    }
  const where = same ? 'pods on the same node' : OTHER_NODES
  return { from: { kind: 'pod' }, to: { host: where, port: undefined, protocol: 'tcp' }, result, toward: where, sameNode: same }
}

/** `Pod → Service IP: ❌ timeout`; `A -> public IP -> B -> works`. */
function drawn(text: string, parts: readonly string[], hosts: ReadonlySet<string>): Clause | undefined {
  const from = partyIn(withoutLabel(parts[0] as string), hosts) ?? named(parts[0] as string)
  const second = parts[1] as string
  const toward = second.split(/\s*(?::\s|\(|\s[—–-]\s|=|\s(?=(?:✅|❌|✔|✓|✗|✘)))/u)[0] as string
  const to = endpointIn(second, undefined) ?? endpointIn(toward, undefined)
  const result = judgementIn(text)
  return from && result !== undefined ? { text, from, to, toward, result } : undefined
}

/** "❌ Pod" and "**Test 3:** Pod". */
const withoutLabel = (text: string): string => text.replace(/^[^\p{L}\p{N}`]+/u, '').replace(/^[A-Z][\w ]{0,20}:\s+/, '')

const named = (text: string): Party | undefined => {
  const name = unmarked(withoutLabel(text)).trim()
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name) && name.length > 2 ? { kind: 'unknown', name } : undefined
}

/** Words that deny what follows them, where a verb of connecting stands behind. */
const CANNOT =
  /\b(?:can ?not|can['’]?t|could ?n[o'’]t|unable|not able|does ?n[o'’]t|do(?:es)? not|did ?n[o'’]t|are ?n[o'’]t|is ?n[o'’]t|fail(?:s|ed|ing)? to|never|no longer|not (?:reachable|accessible)|unreachable|inaccessible)\b/i
const CAN =
  /\b(?:can|could|able to)\s+(?:also |still |now |successfully |easily |only )*(?:reach|connect|ping|curl|access|resolve|talk|telnet|communicate|get to|hit|wget|open|see|query|ssh)/i

function verdictOf(text: string, plain: string): Result | undefined {
  if (CANNOT.test(plain)) return failureIn(plain) ?? 'fails'
  const judged = judgementIn(text)
  return judged ?? (CAN.test(plain) ? 'connects' : undefined)
}

const failureIn = (text: string): Result | undefined => {
  const judged = judgementIn(text)
  return judged === 'connects' ? undefined : judged
}

/** A command in backticks. */
function commandIn(text: string): { readonly from: Party | undefined; readonly to: Endpoint } | undefined {
  for (const [, code = ''] of text.matchAll(/`([^`]{3,300})`/g)) {
    if (!isKnownCommand(code.trim())) continue
    for (const command of commandsOf(code)) {
      const to = targetOf(command)
      if (!to) continue
      const from: Party | undefined =
        command.netns !== undefined
          ? { kind: command.inside ?? 'namespace', name: command.netns, namespace: command.namespace }
          : command.host === undefined
            ? undefined
            : { kind: 'host', name: command.host }
      return { from, to }
    }
  }
  return undefined
}

const VERB =
  /\b(?:can(?:not|['’]?t)?|could(?:n['’]?t)?|is|are|was|were|am|fails?|failed|do(?:es)?|did)\s+(?:(?:not|n['’]t|only|also|still|now|even|able|unable|successfully|to)\s+)*(?:reach|connect|ping|curl|access|resolve|talk|telnet|communicate|get to|hit|wget|query|ssh|call|time)/i
const SUBJECT =
  /^(.{2,80}?)\s+(?:can(?:not|['’]?t| not)?|could(?:n['’]?t| not)?|(?:is|are|was|were) (?:not )?(?:un)?able to|fail(?:s|ed)? to|times? out|do(?:es)?(?:n['’]?t| not)? (?:reach|connect|ping|resolve)|reach(?:es)?|gets?)\b/i

/** "pod a cannot reach b": who stands before the verb; "I can reach b": nobody. */
function subjectOf(text: string, hosts: ReadonlySet<string>): Party | undefined {
  const subject = SUBJECT.exec(text)?.[1]?.split(',').pop()
  if (subject === undefined || /^(?:i|we|you|it|this|that|they|one|nobody|everything|connections?|requests?)$/i.test(subject.trim()))
    return undefined
  return partyIn(subject, hosts)
}

const OBJECT =
  /\b(?:reach(?:es|ing)?|connect(?:s|ing)? (?:to|with)|ping(?:s|ing)?|curl(?:ing)?|access(?:es|ing)?|talk(?:s|ing)? to|telnet(?:ing)? (?:to)?|communicat(?:e|es|ing) with|get to|hit|connections? to|traffic to|requests? to|resolv(?:e|es|ing))\s+(?:to\s+)?(.{2,70}?)(?=\s+(?:from|via|using|with|when|on port|times?|works?|fails?|hangs?|is|are|was|results?|because|since|and)\b|[,.;:(!]|$)/i

const objectOf = (text: string): string | undefined => {
  const object = OBJECT.exec(text)?.[1]
  return object !== undefined &&
    !/^(?:in|on|from|inside|within|across|cross|at|of|via|by|it|them)\b/i.test(object) &&
    roleIn(object) !== undefined
    ? object
    : undefined
}

const CONNECTS =
  /\b(?:curl\w*|ping\w*|connect\w*|reach\w*|access\w*|telnet|wget|requests?|nc|ncat|resolv\w*|dial\w*|https?|tcp|udp|port|visit\w*|unreachable|inaccessible|ssh|browser|query|queries|responds?|answers?|handshake)\b|:\d{2,5}\b/i
const TOKEN =
  /(?:[a-z][a-z0-9+.-]{1,20}:\/\/[^\s`'")\]>,]+|\[[0-9a-f:]+\]:\d{1,5}|(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\d./])|(?:localhost|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*):\d{2,5}\b|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.[a-z0-9-]+\.svc(?:\.[a-z0-9.-]*[a-z0-9])?)/gi

/** The first address, URL or host:port that is not the sender's own. */
function endpointIn(text: string, from: Party | undefined): Endpoint | undefined {
  if (!CONNECTS.test(text) && text.length > 40) return undefined
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^\d{1,2}:\d{2}/.test(token)) continue
    const port = /\bport (\d{2,5})\b/i.exec(text)?.[1]
    const read = readEndpoint(token.replace(/[.:]+$/, ''), port === undefined ? undefined : Number(port))
    if (!read || read.host === from?.address || (from?.name !== undefined && read.host === from.name)) continue
    if (read.port === undefined && parseAddress(read.host) !== undefined) return { ...read, protocol: 'icmp' }
    return read
  }
  return undefined
}

const PORT = /\bport[: ]+(\d{2,5})\b|:(\d{2,5})\b/i

function triedOf({ from, to, toward, result, text }: Clause, line: number, sentence: string): Tried | undefined {
  if (result === undefined) return undefined
  const role = toward === undefined ? undefined : roleIn(toward)
  const port = PORT.exec(toward ?? '') ?? PORT.exec(text)
  const named: Endpoint | undefined =
    to ??
    (toward !== undefined && role !== undefined && from !== undefined
      ? { host: toward.trim().slice(0, 60), port: port ? Number(port[1] ?? port[2]) : undefined, protocol: 'tcp' }
      : undefined)
  if (!named || (!from && !VERB.test(text) && !CONNECTS.test(text))) return undefined
  return { from: from ?? { kind: 'unknown' }, to: named, result, line, quote: sentence.trim(), toward, sameNode: sameNodeIn(text) }
}
