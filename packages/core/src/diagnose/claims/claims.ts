import type { Document } from '../../intake/document.ts'
import type { CauseId } from '../causes/ids.ts'
import { withoutMarks } from '../observations/notes/lead.ts'
import { type Page, pageOf } from '../observations/notes/page.ts'
import type { Claimed } from '../observations/observation.ts'
import { type Subject, subjectsIn } from './subjects.ts'

const ROOT =
  /\broot cause\b(?! (?:analysis|timeline|unknown|found|is (?:un|not ))|\?)|\bthe (?:problem|issue|culprit|cause|reason) (?:is|was|lies|seems)\b|\bcaused by\b|\b(?:because of|due to)\b|\bis to blame\b|\bresponsible for\b|\bthe culprit\b/i
const ACTS =
  /\b(?:is |are |was |were |gets? |got |being )?(?:block(?:s|ed|ing)?|drop(?:s|ped|ping)?|reject(?:s|ed|ing)?|intercept(?:s|ed|ing)?|filter(?:s|ed|ing)?|den(?:y|ies|ied|ying)|hijack(?:s|ed|ing)?|steal(?:s|ing)?|interfer(?:es|ed|ing)|break(?:s|ing)?|broke)\b/i
const CLEARED =
  /\bruled? out\b|\bnot (?:the|a|an|our) (?:\w+[- ]){0,3}(?:problem|issue|cause|culprit|factor)\b|\bis ?n[o']t (?:the|a|an) (?:\w+ ){0,3}(?:problem|issue|cause)\b|\b(?:un|not )likely(?: to be)? the cause\b|\bexclud(?:e|ed|es)\b|\bnot related to\b|\bnothing to do with\b|\b(?:is|are|was|looks?|seems?) (?:working )?(?:correct(?:ly)?|fine|ok|healthy|innocent)\b|\bworking correctly\b/i
const CLEARED_HEADING = /\bruled? out\b|\bexcluded\b|\bnot the (?:cause|problem)\b|\beliminated\b/i
const DENIES = /\b(?:not|no|never|isn['’]t|doesn['’]t|don['’]t|aren['’]t)\b/i
const PLANNED =
  /\?\s*$|^\W*(?:hypothesis|theory|idea|maybe|perhaps)\b|\b(?:should|would|could|can be|may|might|must|will|to (?:allow|block|drop|check)|check|create|add|option|if )\b/i
/** Of one document. */
const MOST = 40
/** What everything goes through: accused only of refusing. */
const GENERIC = new Set(['iptables', 'Kubernetes', 'Docker', 'application', 'routing'])
const REFUSES = /\b(?:block|drop|reject|den(?:y|ie)|refus)/i

/** What notes assert to be the cause, or not to be. */
export function claimsOfNotes(documents: readonly Document[]): readonly Claimed[] {
  return documents.flatMap(({ content, text, file }) =>
    content.kind === 'recognised' && content.format === 'notes' && text !== undefined ? claimsOfPage(pageOf(text, file)) : [],
  )
}

export function claimsOfPage(page: Page): readonly Claimed[] {
  const told = new Map<string, Claimed>()
  for (const [i, raw] of page.lines.entries()) {
    const claim = claimAt(page, i, raw)
    if (!claim) continue
    const key = `${claim.asserts} ${claim.subject} ${claim.inference}`
    const known = told.get(key)
    if (known ? !ROOT.test(known.text) && ROOT.test(claim.text) : told.size < MOST) told.set(key, claim)
  }
  return [...told.values()]
}

function claimAt(page: Page, i: number, raw: string): Claimed | undefined {
  const line = withoutMarks(raw).replace(/`/g, '')
  if (line.length < 8 || line.length > 500 || /^\|?[-:| ]+\|?$/.test(line)) return undefined
  const sections = page.sections[i] ?? []
  if (page.covered.has(i) && !isCommentary(page, i)) return undefined
  if (OTHER_TIME.test(line) || isPlan(sections)) return undefined
  const source = { file: page.file, line: i + 1 }
  const hook = hookClaim(page, i, line)
  if (hook) return { ...hook, source }
  const port = portClaim(line)
  if (port) return { ...port, source }
  const subjects = subjectsIn(line)
  if (subjects.length === 0) return undefined
  const asserts = assertionOf(line, sections, /^\s*#{1,6}\s/.test(raw))
  if (!asserts) return undefined
  const [first] = subjects
  if (asserts === 'cause' && !ROOT.test(line) && subjects.every(({ name }) => GENERIC.has(name)) && !REFUSES.test(line)) return undefined
  const chosen = asserts === 'cause' ? accusedIn(line, subjects) : [first as Subject]
  const causes: readonly CauseId[] = [...new Set(chosen.flatMap((one) => one.causes))]
  const inference = inferenceOf(line)
  return {
    kind: 'claim',
    asserts,
    causes,
    subject: chosen.map(({ name }) => name).join(', '),
    ...(inference && { inference }),
    text: `The notes say: "${line.length > 220 ? `${line.slice(0, 217)}…` : line}"`,
    source,
  }
}

/** "Calico drops Docker's packets", "is blocked by ufw": who stands before the verb, or behind "by". */
function accusedIn(line: string, subjects: readonly Subject[]): readonly Subject[] {
  const verb = line.search(ACTS)
  const by = /\b(?:by|because of|due to)\s+(.*)$/i.exec(line)?.[1]
  const part = by ?? (verb > 0 ? line.slice(0, verb) : line)
  const named = subjects.filter(({ pattern }) => pattern.test(part))
  const all = named.length ? named : subjects
  const certain = all.filter(({ name }) => !GENERIC.has(name))
  return (certain.length ? certain : all).slice(0, 2)
}

const OTHER_TIME = /\bcapabilit|\bpreviously\b|\bprevious issue\b|\bused to\b|\bmay have been\b|\bhad been\b|\bworked before\b/i
const isPlan = (sections: readonly string[]): boolean =>
  sections.some((title) =>
    /\b(?:options?|workarounds?|recommended|success criteria|verification|next steps?|questions|references|debugging steps|hypothes[ei]s|theor(?:y|ies)|ideas?)\b/i.test(
      title,
    ),
  )

/** Words that somebody wrote into a block, not what a program printed. */
function isCommentary(page: Page, line: number): boolean {
  const pasted = page.blocks.get(line)
  return pasted !== undefined && pasted.commandText === '' && /→|⚠|❌|✅|^\s*(?:#|\d+\.|[a-z]\.)\s/u.test(page.lines[line] as string)
}

function assertionOf(line: string, sections: readonly string[], heading: boolean): Claimed['asserts'] | undefined {
  if (CLEARED.test(line)) return 'ruled-out'
  if (heading && sections.slice(0, -1).some((title) => CLEARED_HEADING.test(title))) return 'ruled-out'
  if (PLANNED.test(line)) return undefined
  if (ROOT.test(line)) return DENIES.test(line) ? 'ruled-out' : 'cause'
  return ACTS.test(line) && !DENIES.test(line.slice(0, line.search(ACTS))) ? 'cause' : undefined
}

const COUNT = /\b\d[\d,.]*\s?[KMG]?\s+(?:packets?|pkts)\b|\b\d+x more\b|\bpackets? (?:counter|count)\b|\bcounters?\b/i
const ORDER = /\b(?:before|first|earlier than|ahead of|takes precedence|precedes?)\b/i

function inferenceOf(line: string): Claimed['inference'] | undefined {
  if (COUNT.test(line)) return 'counter-size'
  return ORDER.test(line) ? 'order' : undefined
}

/** A drawn way of a node's own packet through PREROUTING: "Node → ClusterIP: 2. iptables NAT PREROUTING chain intercepts". */
function hookClaim(page: Page, i: number, line: string): Omit<Claimed, 'source'> | undefined {
  if (!/\bPREROUTING\b/.test(line) || /^[-:[*]/.test(line)) return undefined
  const sections = page.sections[i] ?? []
  const title = sections.at(-1) ?? ''
  const own =
    /^\W*(?:node|host|local(?:host)?)\b.*(?:→|->|to\b)/i.test(title) ||
    /\b(?:node|host)(?:'s)? (?:own |itself |local )?(?:traffic|packets?)\b/i.test(line)
  if (!own || DENIES.test(line)) return undefined
  return {
    kind: 'claim',
    asserts: 'ruled-out',
    causes: ['nat.hijack', 'filter.raw-drop'],
    subject: 'PREROUTING',
    inference: 'hook',
    text: `The notes let a node's own packets pass PREROUTING: "${title ? `${title.replace(/:$/, '')}: ` : ''}${line}"`,
  }
}

const FILTERS = /\bDOCKER-USER\b|(?<![\w-])FORWARD\b|\bnetwork ?polic(?:y|ies)\b|\bcalico\b|\bkube-?router\b|\bufw route\b/i
const PASSES =
  /\b(?:allow(?:s|ed)?|accept(?:s|ed)?|permit(?:s|ted)?|open(?:s|ed)?|let(?:s)? through|block(?:s|ed|ing)?|drop(?:s|ped|ping)?|den(?:y|ies|ied)|reject(?:s|ed)?)\b/i

/** "A rule allows 1196/tcp in DOCKER-USER": what a filter behind the translation is said to do with a port. */
function portClaim(line: string): Omit<Claimed, 'source'> | undefined {
  const filter = FILTERS.exec(line)
  const port = /\bport[: ]+(\d{2,5})\b|\b(\d{2,5})\/(?:tcp|udp)\b|--dport (\d{2,5})\b|\bdpt:(\d{2,5})\b/i.exec(line)
  const verb = PASSES.exec(line)
  if (!filter || !port || !verb || /\?\s*$|\bshould\b|\bwould\b|\bbefore (?:the )?(?:dnat|translation)\b/i.test(line)) return undefined
  const [subject] = subjectsIn(line)
  const passes = /^(?:allow|accept|permit|open|let)/i.test(verb[0])
  return {
    kind: 'claim',
    asserts: passes ? 'ruled-out' : 'cause',
    causes: subject?.causes ?? ['filter.forward-rule'],
    subject: subject?.name ?? filter[0],
    inference: 'hook',
    text: `The notes say: "${line.length > 220 ? `${line.slice(0, 217)}…` : line}"`,
  }
}
