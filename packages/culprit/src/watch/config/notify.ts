import { z } from 'zod'
import { duration } from './units.ts'

const address = z.string().regex(/^https?:\/\/[^\s]+$/, 'an address begins with http:// or https://')
/** Something that nobody may read here: it is in a file or in the environment, and read anew each time that it is used. */
const secret = z.union([
  z.strictObject({ file: z.string().regex(/^\/[^\0\n]*$/, 'a file of a secret has an absolute path') }),
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable of the environment') }),
])

export const NOTIFIED = [
  'opened',
  'updated',
  'repairing',
  'repaired',
  'repair-failed',
  'recovered',
  'relapsed',
  'closed',
  'started',
  'stopped',
  'reloaded',
  'reload-failed',
  'store-lost',
  'store-back',
  'repairs-stopped',
  'repairs-resumed',
] as const

const common = {
  timeout: duration('100ms', '60s').default(10_000),
  /** Behind the scheme in the header Authorization; of Basic `USER:PASSWORD`. */
  authorization: z.strictObject({ scheme: z.enum(['Bearer', 'Basic']).default('Bearer'), secret }).optional(),
}

/** Who is told of incidents. The address itself may be a secret: those of chats are. */
export const notify = z
  .array(
    z.union([
      z.strictObject({
        ...common,
        webhook: z.union([address, secret]),
        /** What it is told; left out: all but starts, stops and repairs that are only begun. */
        events: z.array(z.enum(NOTIFIED)).min(1).optional(),
      }),
      z.strictObject({ ...common, alertmanager: z.union([address, secret]) }),
    ]),
  )
  .default([])

/** Where Prometheus asks: an address of this host, or a socket. */
export const metrics = z.strictObject({
  listen: z
    .string()
    .regex(/^(?:(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}|unix:\/[^\0\n]{1,100})$/, 'write ADDRESS:PORT or unix:/PATH')
    .default('127.0.0.1:9497'),
})

export type Secret = z.infer<typeof secret>
export type NotifySettings = z.infer<typeof notify>
export type MetricsSettings = z.infer<typeof metrics>
