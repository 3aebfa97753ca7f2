import type { Tried } from './attempts.ts'
import { readEndpoint } from './endpoint.ts'
import { isHypothetical, type Page } from './page.ts'
import type { Party } from './party.ts'
import { judgementIn } from './reasons.ts'
import { roleIn, sameNodeIn } from './roles.ts'
import { partyIn, unmarked } from './who.ts'

const FROM = /^(?:from|source|src|client|sender|caller|origin|where|node|tested from|run (?:on|from))\b/i
const TO = /^(?:to|target|dest(?:ination)?|dst|server|service|endpoint|url|address|command|test)\b/i
const RESULT = /^(?:result|status|works?\??|outcome|observed|ok\??|success|reachable\??|connectivity|response|actual)\b/i
const CELLS = 40

/** Markdown tables of attempts: columns from, to and result, or a matrix with senders down and targets across. */
export function tabulatedAttempts(page: Page, hosts: ReadonlySet<string>): readonly Tried[] {
  const out: Tried[] = []
  for (let at = 0; at + 2 < page.lines.length; at++) {
    if (!isRow(page.lines[at]) || !/^\s*\|?\s*:?-{2,}/.test(page.lines[at + 1] ?? '')) continue
    const header = cellsOf(page.lines[at] as string)
    const rows: { readonly cells: readonly string[]; readonly line: number }[] = []
    let end = at + 2
    while (end < page.lines.length && isRow(page.lines[end])) rows.push({ cells: cellsOf(page.lines[end] as string), line: ++end })
    if (!isHypothetical(page.sections[at] ?? [])) out.push(...(listed(header, rows, hosts) ?? crossed(header, rows, hosts)))
    at = end - 1
  }
  return out
}

const isRow = (line: string | undefined): boolean => line !== undefined && line.length < 2000 && (line.match(/\|/g)?.length ?? 0) >= 2

const cellsOf = (line: string): readonly string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .slice(0, CELLS)
    .map((cell) => cell.trim())

type Row = { readonly cells: readonly string[]; readonly line: number }

function listed(header: readonly string[], rows: readonly Row[], hosts: ReadonlySet<string>): readonly Tried[] | undefined {
  const plain = header.map(unmarked)
  const from = plain.findIndex((cell) => FROM.test(cell))
  const to = plain.findIndex((cell, i) => i !== from && TO.test(cell))
  const result = plain.findIndex((cell, i) => i !== from && i !== to && RESULT.test(cell))
  if (to < 0 || result < 0) return undefined
  return rows.flatMap(({ cells, line }) => {
    const sender = from < 0 ? undefined : senderOf(cells[from] ?? '', hosts)
    const port = plain.findIndex((cell) => /^port\b/i.test(cell))
    const told = cellAttempt(
      sender,
      cells[to] ?? '',
      cells.slice(result).join(' '),
      port < 0 ? undefined : cells[port],
      line,
      cells.join(' | '),
    )
    return told ? [told] : []
  })
}

function crossed(header: readonly string[], rows: readonly Row[], hosts: ReadonlySet<string>): readonly Tried[] {
  const targets = header.slice(1)
  const marks = rows.flatMap(({ cells }) => cells.slice(1)).filter((cell) => cell !== '' && cell !== '-')
  const judged = marks.filter((cell) => cell.length < 40 && judgementIn(cell) !== undefined)
  if (marks.length === 0 || judged.length < marks.length * 0.7) return []
  return rows.flatMap(({ cells, line }) => {
    const sender = senderOf(cells[0] ?? '', hosts)
    if (!sender) return []
    return targets.flatMap(
      (target, i) => cellAttempt(sender, target, cells[i + 1] ?? '', undefined, line, `${cells[0]} | ${target}: ${cells[i + 1]}`) ?? [],
    )
  })
}

function senderOf(cell: string, hosts: ReadonlySet<string>): Party | undefined {
  const text = unmarked(cell)
    .replace(/^from\s+/i, '')
    .trim()
  return partyIn(text, hosts) ?? (/^[a-z0-9][a-z0-9.-]{1,60}$/i.test(text) ? { kind: 'unknown', name: text } : undefined)
}

function cellAttempt(
  sender: Party | undefined,
  target: string,
  verdict: string,
  port: string | undefined,
  line: number,
  quote: string,
): Tried | undefined {
  const result = judgementIn(verdict)
  if (result === undefined) return undefined
  const text = unmarked(target)
    .replace(/^to\s+/i, '')
    .trim()
  const token = text
    .split(/[\s(),]+/)
    .map((word) => readEndpoint(word))
    .find((one) => one && (one.port !== undefined || /^[\d.]+$|:/.test(one.host)))
  const told = /(\d{2,5})/.exec(port ?? '')?.[1] ?? /\bport (\d{2,5})/i.exec(text)?.[1]
  const number = token?.port ?? (told === undefined ? undefined : Number(told))
  const role = roleIn(text)
  if (!token && role === undefined && !/^[a-z0-9][a-z0-9.-]{1,60}$/i.test(text)) return undefined
  if (!token && sender === undefined) return undefined
  const to = token
    ? { ...token, port: number, protocol: number === undefined ? ('icmp' as const) : token.protocol }
    : { host: text.slice(0, 60), port: number, protocol: 'tcp' as const }
  return {
    from: sender ?? { kind: 'unknown' },
    to,
    result,
    line,
    quote,
    ...(role && { toward: text }),
    sameNode: sameNodeIn(`${text} ${sender?.name ?? ''}`),
  }
}
