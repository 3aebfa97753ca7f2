import type { Context } from '../context.ts'
import { usageError } from '../exit.ts'

export async function fromOption(_evidence: readonly string[], id: string, _context: Context): Promise<never> {
  throw usageError(`there is no option ${id}`)
}
