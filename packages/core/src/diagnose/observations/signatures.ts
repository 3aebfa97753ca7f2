import { CAUSE_IDS, type CauseId } from '../causes/ids.ts'
import type { SignatureMatch } from '../signatures/signature.ts'
import type { Logged } from './observation.ts'

const isCause = (id: string): id is CauseId => (CAUSE_IDS as readonly string[]).includes(id)

/** Error texts that the evidence holds, as observations: what the line says, and of which cause it tells. */
export function loggedOf(matches: readonly SignatureMatch[]): readonly Logged[] {
  return matches.map(({ signature, text, source, lastLine, count, host }) => {
    const { id, title, severity, general, cause } = signature
    const times = count > 1 ? ` (${count} times)` : ''
    return {
      kind: 'log',
      text: `${title}${times}: ${text.trim()}`,
      source,
      cause: isCause(cause) ? cause : undefined,
      host,
      signature: { id, title, severity, general, count, lastLine },
    }
  })
}
