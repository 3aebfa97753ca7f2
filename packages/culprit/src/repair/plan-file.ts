import type { Plan } from '@culprit/core/repair/plan'
import { z } from 'zod'

const argv = z.array(z.string().regex(/^[^\0]*$/)).min(1)
const check = z.object({
  text: z.string(),
  command: argv,
  expect: z.object({ code: z.number().int().nullish(), contains: z.string().optional(), lacks: z.string().optional() }),
  within: z.number().min(0).max(3600),
})

const step = z.object({
  number: z.number().int().min(1),
  where: z.string(),
  command: argv,
  undo: z.array(z.string()),
  undoNote: z.string(),
  effect: z.string(),
  interrupts: z.string(),
  precondition: check.nullable(),
  check: check.nullable(),
  why: z.string(),
  probe: argv.nullable(),
  save: z.object({ command: argv, file: z.string().regex(/^objects\/\d+\.json$/) }).nullable(),
  timeout: z.number().int().min(1).max(3600),
})

const flow = z.object({ from: z.string(), to: z.string(), before: z.string(), after: z.string() })

/** The published shape of a plan. Members that a later version adds are kept out. */
export const planSchema = z.object({
  schema: z.literal('culprit.plan/v1'),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  title: z.string(),
  origin: z.object({ kind: z.enum(['option', 'runbook', 'commands', 'firewall']), id: z.string() }),
  target: z.object({ host: z.string(), netns: z.string() }),
  steps: z
    .array(step)
    .min(1)
    .refine((steps) => steps.every(({ number }, i) => number === i + 1), 'steps are numbered from 1 on'),
  proof: z
    .object({
      repaired: z.number(),
      broken: z.number(),
      unchanged: z.number(),
      unsure: z.number(),
      flows: z.array(flow),
      sampledFrom: z.number().nullable().default(null),
      unmodelled: z.array(z.number()),
    })
    .nullable(),
  guards: z.array(z.object({ id: z.string(), status: z.enum(['holds', 'fails', 'unknown']), text: z.string() })),
  criteria: z.array(check),
  state: z.record(z.string(), z.string()),
  timer: z.number().int().min(1).max(86_400),
})

/** Reads a plan; what is wrong with it is a value. */
export function parsePlan(text: string): Plan | { readonly problem: string } {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
  const read = planSchema.safeParse(data)
  return read.success ? read.data : { problem: z.prettifyError(read.error) }
}

export const planText = (plan: Plan): string => `${JSON.stringify(plan, null, 2)}\n`
