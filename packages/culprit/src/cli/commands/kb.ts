import { CHECKS } from '@culprit/core/diagnose/checks/registry'
import { escapeTerminal } from '@culprit/core/report/escape'
import type { Style } from '@culprit/core/report/style'
import { loadComponents } from '../../knowledge/components.ts'
import { loadRunbooks } from '../../knowledge/runbooks.ts'
import { loadSignatures } from '../../knowledge/signatures.ts'
import type { Context, SharedFlags } from '../context.ts'
import { EXIT, type ExitCode, usageError } from '../exit.ts'
import { loadCauses, loadOwners } from '../knowledge.ts'

export interface KbFlags extends SharedFlags {
  readonly output?: 'text' | 'json'
}

/** An entry of the knowledge base: what every kind has, and all that stands in it. */
interface Entry {
  readonly id: string
  readonly title: string
  readonly body: object
}

const KINDS: Readonly<Record<string, () => readonly Entry[]>> = {
  causes: () => [...loadCauses().values()].map((body) => ({ id: body.id, title: body.title, body })),
  signatures: () => loadSignatures().map((body) => ({ id: body.id, title: body.title, body })),
  checks: () => CHECKS.map(({ run: _run, ...body }) => ({ id: body.id, title: body.holds, body })),
  runbooks: () => [...loadRunbooks().values()].map((body) => ({ id: body.id, title: body.title, body })),
  components: () => loadComponents().components.map((body) => ({ id: body.id, title: body.name, body })),
  owners: () => loadOwners().owners.map((body) => ({ id: body.id, title: body.name, body })),
}

/** `culprit kb [KIND] [ID]`: what culprit knows: kinds, the entries of one, or one entry whole. A word that is no kind is sought everywhere. */
export async function kb(words: readonly string[], flags: KbFlags, context: Context): Promise<ExitCode> {
  const [first, id] = words
  if (words.length > 2) throw usageError('too many words', 'culprit kb KIND ID')
  if (first === undefined) return overview(flags, context)
  const load = Object.hasOwn(KINDS, first) ? KINDS[first] : undefined
  if (load && id === undefined) return list(load(), flags, context)
  const sought = id ?? first
  const found = (load ? [[first, load] as const] : Object.entries(KINDS)).flatMap(([kind, entries]) =>
    entries()
      .filter((entry) => entry.id === sought)
      .map((entry) => ({ kind, ...entry })),
  )
  if (found.length === 0)
    throw usageError(
      `nothing in the knowledge base is called "${sought}"`,
      `kinds: ${Object.keys(KINDS).join(', ')}; culprit kb KIND lists one`,
    )
  if (flags.output === 'json')
    await context.out.write(`${JSON.stringify(found.length === 1 ? found[0]?.body : found.map(({ body }) => body), null, 2)}\n`)
  else for (const entry of found) for (const line of whole(entry, context.style)) await context.out.write(`${escaped(line)}\n`)
  return EXIT.fine
}

async function overview(flags: KbFlags, context: Context): Promise<ExitCode> {
  const counts = Object.entries(KINDS).map(([kind, entries]) => ({ kind, entries: entries().length }))
  if (flags.output === 'json') await context.out.write(`${JSON.stringify(counts, null, 2)}\n`)
  else for (const { kind, entries } of counts) await context.out.write(`${kind.padEnd(12)} ${entries}\n`)
  return EXIT.fine
}

async function list(entries: readonly Entry[], flags: KbFlags, context: Context): Promise<ExitCode> {
  const width = Math.max(...entries.map(({ id }) => id.length))
  if (flags.output === 'json')
    await context.out.write(
      `${JSON.stringify(
        entries.map(({ body }) => body),
        null,
        2,
      )}\n`,
    )
  else for (const { id, title } of entries) await context.out.write(`${escaped(`${id.padEnd(width)}  ${title}`)}\n`)
  return EXIT.fine
}

function* whole({ kind, id, title, body }: Entry & { readonly kind: string }, style: Style): Generator<string> {
  yield `${style.strong(id)}  ${title}  (${kind})`
  for (const [key, value] of Object.entries(body))
    if (key !== 'id' && key !== 'title' && value !== undefined) yield* field(key, value, '  ')
}

function* field(key: string, value: unknown, indent: string): Generator<string> {
  if (Array.isArray(value)) {
    if (value.length === 0) return
    yield `${indent}${key}:`
    for (const item of value)
      yield* typeof item === 'object' && item !== null ? field('-', item, `${indent}  `) : [`${indent}  ${String(item)}`]
  } else if (typeof value === 'object' && value !== null) {
    yield `${indent}${key}:`
    for (const [inner, own] of Object.entries(value)) if (own !== undefined) yield* field(inner, own, `${indent}  `)
  } else yield `${indent}${key}: ${String(value)}`
}

/** Colours are the program's own; knowledge is shipped with it, and is printed as carefully as anything else. */
const escaped = (line: string): string => line.split('\u001b').map(escapeTerminal).join('\u001b')
