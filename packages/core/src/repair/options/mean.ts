import type { Wanted } from './drafts.ts'
import type { OptionDraft } from './option.ts'

/** A way to mend a cause beside taking it away; undefined where the evidence does not give the words for its commands. */
export type Mean = (wanted: Wanted) => OptionDraft | undefined

/** Where a cause is, on its host. */
export const host = ({ cause }: Wanted): OptionDraft['where'] => ({ host: cause.where.host, netns: '' })

/** A change that is made with the owner's own tool. */
export const by =
  (title: string, argv: readonly string[], why: string, more: Partial<OptionDraft> = {}): Mean =>
  (wanted) => ({ title, kind: 'proper', risk: 'low', downtime: 'none', where: host(wanted), steps: [{ argv, why }], ...more })
