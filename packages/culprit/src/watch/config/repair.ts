import { z } from 'zod'
import { duration } from './units.ts'

const causeId = z.string().regex(/^[a-z]+\.[a-z-]+$/, 'a cause is written as route.overlap; culprit kb causes lists them')

/** One permission: for these causes, this means. */
const permission = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62})$/),
    causes: z.array(causeId).min(1),
    /** Only for incidents of these criteria. */
    criteria: z.array(z.string()).min(1).optional(),
    /** A runbook with its parameters … */
    runbook: z.string().optional(),
    set: z.record(z.string(), z.string()).default({}),
    /** … or an option of the diagnosis: its id, or the one that it recommends. */
    option: z.string().optional(),
    /** The most that an option may risk. */
    risk: z.enum(['low', 'medium', 'high']).default('low'),
    /** How sure the diagnosis must be. */
    status: z.enum(['proved', 'supported']).default('proved'),
    /** Guards that are accepted by name, as with `repair apply --accept`. */
    accept: z.array(z.string()).default([]),
  })
  .refine(({ runbook, option }) => (runbook === undefined) !== (option === undefined), 'a permission has either a runbook or an option')

/** What the watch may repair by itself: nothing but what is allowed here by name. */
export const repair = z.strictObject({
  allow: z.array(permission).default([]),
  perHour: z.number().int().min(0).max(100).default(3),
  /** After a repair the same criterion waits so long for the next; twice as long after each further one. */
  backoff: duration('1s', '1d').default(600_000),
  /** `stop`: after one that failed none is made until `culprit watch resume`. `backoff`: the criterion waits as after any. */
  afterFailure: z.enum(['stop', 'backoff']).default('stop'),
  /** Seconds after which the machine takes back what nobody confirmed. */
  timer: duration('10s', '1d').default(120_000),
})

export type Permission = z.infer<typeof permission>
export type RepairSettings = z.infer<typeof repair>
