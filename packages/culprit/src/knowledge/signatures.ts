import { CAUSE_IDS } from '@culprit/core/diagnose/causes/ids'
import { PLACES, type Signature } from '@culprit/core/diagnose/signatures/signature'
import { z } from 'zod'
import { CliError, EXIT } from '../cli/exit.ts'
import { loadKnowledgeFolder } from '../cli/knowledge.ts'

const place = z.enum(PLACES)
const sentence = z.string().min(3)

const signature = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  pattern: z.string().min(4),
  ignoreCase: z.boolean().default(false),
  cause: z.enum(CAUSE_IDS),
  title: sentence,
  means: sentence,
  look: z.array(sentence).min(1),
  runbook: z.string().optional(),
  places: z.array(place).min(1).optional(),
  severity: z.enum(['error', 'warning', 'info']).default('error'),
  general: z.boolean().default(false),
  match: z.array(z.string()).min(1),
  miss: z.array(z.string()).min(1),
})

/** A file of knowledge/signatures. `places` at its top holds for every entry that names none. */
export const signatureFile = z.strictObject({ places: z.array(place).min(1), signatures: z.array(signature).min(1) })

/** All signatures of knowledge/signatures; what is wrong with one is culprit's own fault, and is said with file and place. */
export function loadSignatures(): readonly Signature[] {
  return loadKnowledgeFolder('signatures').flatMap(({ file, data }) => {
    const read = signatureFile.safeParse(data)
    if (!read.success) throw new CliError(EXIT.internal, `${file}: ${z.prettifyError(read.error)}`)
    const { places, signatures } = read.data
    return signatures.map(({ match, miss, places: own, runbook, ...rest }) => ({
      ...rest,
      runbook,
      places: own ?? places,
      examples: match,
      misses: miss,
    }))
  })
}
