import type { Step } from '../../datapath/trace.ts'
import { createOwnership, type OwnershipOf } from '../../diagnose/ownership.ts'
import type { Document } from '../../intake/document.ts'
import type { OwnerBook } from '../../netfilter/owners/book.ts'
import { whose } from './text.ts'

/** Tells whose rule a step of a trace met: `Docker, for container web`. undefined where no rule was met, or none that a known program makes. */
export function createWhose(
  documents: readonly Document[],
  book: OwnerBook,
  ownership: OwnershipOf = createOwnership(documents, book),
): (step: Step) => string | undefined {
  return (step) => {
    const found = step.rule === undefined ? undefined : ownership(step)
    return found && found.owner.id !== book.administrator.id ? whose(found) : undefined
  }
}
