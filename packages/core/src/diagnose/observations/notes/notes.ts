import type { Document } from '../../../intake/document.ts'
import { parseAddress } from '../../../net/address.ts'
import { claimsOfPage } from '../../claims/claims.ts'
import type { Attempt, Attempted, Observed } from '../observation.ts'
import { RESULT_WORDS, ROLE_WORDS } from '../words.ts'
import { pastedAttempts, type Tried } from './attempts.ts'
import { countersOf } from './counters.ts'
import { duplicatesOf } from './duplicates.ts'
import { exposedAs } from './exposed.ts'
import { entryOf, type Known, knownIn } from './known.ts'
import { type Page, pageOf } from './page.ts'
import { placeOfParty, placeOfTarget } from './party.ts'
import { worked } from './reasons.ts'
import { roleIn, roleOfParty } from './roles.ts'
import { toldAttempts } from './statements.ts'
import { statesOf } from './states.ts'
import { tabulatedAttempts } from './tables.ts'

/** What the notes among the evidence tell: connections that were tried and what came of them, counters, states. In the order of the lines. */
export function observationsOfNotes(documents: readonly Document[]): readonly Observed[] {
  const known = knownIn(documents)
  const notes = new Set(documents.filter(isNotes).map(({ file }) => file))
  const pages = documents.flatMap(({ content, text, file }) =>
    content.kind === 'recognised' && content.format === 'notes' && text !== undefined ? observationsOfPage(pageOf(text, file), known) : [],
  )
  return [...pages, ...countersOf(documents, notes)]
}

const isNotes = ({ content }: Document): boolean => content.kind === 'recognised' && content.format === 'notes'

function observationsOfPage(page: Page, known: Known): readonly Observed[] {
  const hosts = machinesNamed(page, known)
  const pasted = pastedAttempts(page, hosts).slice(0, MOST)
  const told = [...toldAttempts(page, hosts), ...tabulatedAttempts(page, hosts)].slice(0, MOST)
  const own = told.filter((one) => !pasted.some((other) => sameWords(one, other)))
  const attempts: readonly Observed[] = exposedAs(page, [...pasted, ...own]).map((one) => attempted(one, page.file, known))
  return [...attempts, ...duplicatesOf(page), ...statesOf(page), ...claimsOfPage(page)].sort(
    (a, b) => (a.source?.line ?? 0) - (b.source?.line ?? 0),
  )
}

/** Attempts that are told of one document. */
const MOST = 500

/** The words above or below an output repeat what it shows. */
const sameWords = (told: Tried, pasted: Tried): boolean =>
  Math.abs(told.line - pasted.line) <= 8 && told.result === pasted.result && told.to.host === pasted.to.host

/** Names of machines: captured ones, the cluster's nodes, and those that prompts and `ssh` show. */
function machinesNamed(page: Page, known: Known): ReadonlySet<string> {
  const names = [...known.hosts, ...known.cluster.nodes.map(({ name }) => name), ...page.pasted.flatMap(({ place }) => place.host ?? [])]
  return new Set(names.filter((name) => name.length > 1))
}

function attempted(one: Tried, file: string, known: Known): Attempted {
  const from = placeOfParty(one.from, known)
  const { to, name } = one.asked === one.to.host ? { to: one.to.host, name: undefined } : placeOfTarget(one.to, one.from, known)
  const src = from === 'outside' ? one.from.address : undefined
  const asked = name ?? one.asked
  const roles = rolesOf(one, to)
  const attempt: Attempt = {
    from,
    ...(from === 'outside' && {
      ...entryOf(known, one.to.host, src),
      ...(src !== undefined && parseAddress(src) !== undefined && { src }),
    }),
    to,
    ...(asked !== undefined && { name: asked }),
    result: one.result,
    ...(roles && { roles }),
    ...(one.length !== undefined && { length: one.length }),
  }
  return {
    kind: worked(one.result) ? 'works' : 'fails',
    attempt,
    text: sentence(attempt, one.quote),
    source: { file, line: one.line },
  }
}

function rolesOf(one: Tried, to: string): Attempt['roles'] {
  const from = roleOfParty(one.from)
  const target =
    to.startsWith('svc/') || /\.svc\b/.test(one.asked ?? '') ? 'service' : one.toward === undefined ? undefined : roleIn(one.toward)
  if (from === undefined && target === undefined && one.sameNode === undefined) return undefined
  return {
    ...(from !== undefined && { from }),
    ...(target !== undefined && { to: target }),
    ...(one.sameNode !== undefined && { sameNode: one.sameNode }),
  }
}

/** `10.0.0.5 to 10.0.0.9:80/tcp times out: "curl: (28) …"` */
function sentence({ from, to, name, result, roles }: Attempt, quote: string): string {
  const quoted = quote.length > 160 ? `${quote.slice(0, 157)}…` : quote
  return `${from ?? (roles?.from ? ROLE_WORDS[roles.from] : 'somebody')} to ${name === undefined ? to : `${name} (${to})`} ${RESULT_WORDS[result]}${quoted ? `: "${quoted}"` : ''}`
}
