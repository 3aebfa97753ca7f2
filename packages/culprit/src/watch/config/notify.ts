import { z } from 'zod'
import { duration } from './units.ts'

const url = z.string().regex(/^https?:\/\/[^\s]+$/, 'an address begins with http:// or https://')
const common = { timeout: duration('100ms', '60s').default(10_000) }

/** Who is told of incidents. */
export const notify = z
  .array(z.union([z.strictObject({ ...common, webhook: url }), z.strictObject({ ...common, alertmanager: url })]))
  .default([])

/** Where Prometheus asks. */
export const metrics = z.strictObject({ listen: z.string().regex(/^(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}$/, 'write ADDRESS:PORT') })

export type NotifySettings = z.infer<typeof notify>
export type MetricsSettings = z.infer<typeof metrics>
