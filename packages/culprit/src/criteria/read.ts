import { lineOf } from '@culprit/core/repair/words'
import type { Criterion } from '@culprit/core/report/criteria/criterion'
import { parse } from 'yaml'
import { z } from 'zod'

const line = z
  .string()
  .max(4000)
  .regex(/^[^\0]*$/, 'holds a NUL byte')
const argv = z.array(line).min(1).max(200)
const expectation = z.object({ code: z.number().int().nullish(), contains: line.optional(), lacks: line.optional() })
const word = z.union([z.string(), z.number()])

const flow = z.object({
  from: line,
  to: line,
  src: line.optional(),
  host: line.optional(),
  iif: line.optional(),
  sport: z.number().optional(),
  flags: line.optional(),
  mark: word.optional(),
  ttl: z.number().optional(),
  tos: z.number().optional(),
  length: z.number().optional(),
  icmp: word.optional(),
  address: line.optional(),
  port: z.number().int().min(0).max(65535).optional(),
  protocol: line.optional(),
})

/** A plan's checks have their command as an argument list, a diagnosis has it as a line. */
const criterion = z.object({
  text: line,
  command: z.union([line, argv]).default(''),
  argv: argv.optional(),
  expect: z.union([line, expectation]).default({}),
  flow: flow.optional(),
})

const MOST = 1000
const list = z.array(criterion).min(1).max(MOST)

/**
 * Reads success criteria: the array, or the diagnosis (`successCriteria`) or plan (`criteria`) that they stand in, as JSON or YAML. What is wrong
 * comes back as `problem`.
 */
export function readCriteria(text: string): readonly Criterion[] | { readonly problem: string } {
  let data: unknown
  try {
    data = parse(text, { maxAliasCount: 100 })
  } catch (error) {
    return { problem: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) }
  }
  const found = Array.isArray(data) ? data : within(data)
  if (found === undefined) return { problem: 'it holds no list called successCriteria or criteria, and is none' }
  const read = list.safeParse(found)
  if (!read.success) {
    const [issue] = read.error.issues
    return { problem: `${issue?.path.join('.') || 'the list'}: ${issue?.message}` }
  }
  return read.data.map(({ command, argv: given, ...rest }) => ({
    ...(rest as Omit<Criterion, 'command' | 'argv'>),
    command: typeof command === 'string' ? command : lineOf(command),
    argv: given ?? (typeof command === 'string' ? undefined : command),
  }))
}

function within(data: unknown): unknown {
  if (data === null || typeof data !== 'object') return undefined
  const { successCriteria, criteria } = data as Record<string, unknown>
  return successCriteria ?? criteria
}
