import type { ComponentBook } from '@culprit/core/diagnose/checks/components'
import { z } from 'zod'
import { CliError, EXIT } from '../cli/exit.ts'
import { loadKnowledge } from '../cli/knowledge.ts'

const expression = z.string().refine(isExpression, 'is no regular expression')

const book = z.strictObject({
  components: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      role: z.enum(['control-plane', 'node', 'cluster']),
      needed: z.boolean(),
      pod: expression.optional(),
      container: expression.optional(),
      unit: expression.optional(),
      process: expression.optional(),
      instead: z.array(z.string()),
    }),
  ),
  ports: z.array(
    z.strictObject({
      port: z.int().min(1).max(65_535),
      protocol: z.enum(['tcp', 'udp']),
      role: z.enum(['control-plane', 'node', 'overlay']),
      what: z.string(),
      process: expression,
    }),
  ),
})

function isExpression(text: string): boolean {
  try {
    return new RegExp(text).source !== ''
  } catch {
    return false
  }
}

/** knowledge/components.yaml: what a cluster consists of, and the ports of its parts. */
export function loadComponents(): ComponentBook {
  const { file, data } = loadKnowledge('components.yaml')
  const read = book.safeParse(data)
  if (!read.success) throw new CliError(EXIT.internal, `${file}: ${z.prettifyError(read.error)}`)
  const ids = new Set(read.data.components.map(({ id }) => id))
  const unknown = read.data.components.flatMap(({ instead }) => instead).find((id) => !ids.has(id))
  if (unknown !== undefined) throw new CliError(EXIT.internal, `${file}: ${unknown} is no component`)
  return read.data
}
