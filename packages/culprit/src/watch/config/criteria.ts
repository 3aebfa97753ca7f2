import { parsePlace } from '@culprit/core/model/place'
import { z } from 'zod'
import { duration } from './units.ts'

export const CRITERION_KINDS = ['flow', 'check', 'command'] as const
export type CriterionKind = (typeof CRITERION_KINDS)[number]

/** For who is told of it; the watch itself treats both alike. */
export const SEVERITIES = ['critical', 'warning'] as const
export type Severity = (typeof SEVERITIES)[number]

const argv = z.array(z.string().regex(/^[^\0]*$/, 'an argument holds no NUL byte')).min(1)
const place = z
  .string()
  .max(300)
  .refine((text) => /^host(?::|$)|^netns\/[^/]+$/.test(text) || parsePlace(text) !== undefined, {
    error: ({ input }) => `"${input}" is no place: write host, netns/NAME, pod/NS/NAME, svc/NS/NAME:PORT, container/NAME or an address`,
  })

const common = {
  /** What incidents and metrics call it. */
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62})$/, 'a name has small letters, digits, dots, dashes, at most 63'),
  severity: z.enum(SEVERITIES).default('critical'),
  /** Rounds in a row that it must fail before an incident is opened; after the first the next comes sooner. */
  failures: z.number().int().min(1).max(100).default(2),
}

const flow = z
  .strictObject({
    ...common,
    flow: z.strictObject({ from: place, to: place, src: z.string().max(64).optional() }),
    expect: z.enum(['works', 'blocked']).default('works'),
    /** Really tried from where it starts, or asked of the model whenever something changed. */
    by: z.enum(['probe', 'model']).default('probe'),
    talk: z.enum(['http', 'tls', 'dns']).optional(),
    within: duration('100ms', '60s').default(4000),
  })
  .refine(({ flow: { from }, by }) => by === 'model' || from !== 'outside', {
    path: ['flow', 'from'],
    message: 'nobody outside can be asked to send: ask the model (by: model)',
  })

const check = z.strictObject({
  ...common,
  check: z.strictObject({
    /** Findings from this severity on are failures. */
    severity: z.enum(['error', 'warning', 'info']).default('error'),
    only: z.array(z.string()).min(1).optional(),
    except: z.array(z.string()).default([]),
  }),
})

const command = z.strictObject({
  ...common,
  command: argv,
  expect: z
    .strictObject({ code: z.number().int().nullable().optional(), contains: z.string().optional(), lacks: z.string().optional() })
    .default({}),
  within: duration('100ms', '5m').default(10_000),
})

/** A success criterion: one of a flow that must work or must not, a check without findings, a command with the expected answer. */
export const criterion = z.record(z.string(), z.unknown()).transform((given, context) => {
  const kinds = CRITERION_KINDS.filter((kind) => kind in given)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    context.addIssue({ code: 'custom', message: `a criterion has one of ${CRITERION_KINDS.join(', ')}` })
    return z.NEVER
  }
  const read = { flow, check, command }[kind].safeParse(given)
  if (read.success) return { kind, ...read.data } as Criterion
  for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path, message })
  return z.NEVER
})

export type FlowCriterion = z.infer<typeof flow> & { readonly kind: 'flow' }
export type CheckCriterion = z.infer<typeof check> & { readonly kind: 'check' }
export type CommandCriterion = z.infer<typeof command> & { readonly kind: 'command' }
export type Criterion = FlowCriterion | CheckCriterion | CommandCriterion

/** What must be so, in words. */
export function criterionText(one: Criterion): string {
  switch (one.kind) {
    case 'flow':
      return `${one.flow.from} → ${one.flow.to} ${one.expect === 'works' ? 'works' : 'is blocked'}`
    case 'check':
      return one.check.only === undefined
        ? `no check finds anything of severity ${one.check.severity}`
        : `nothing is found by ${one.check.only.join(', ')}`
    case 'command':
      return one.command.join(' ')
    default:
      return one satisfies never
  }
}
