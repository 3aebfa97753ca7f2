import type { Style } from '../style.ts'
import type { Whose } from '../trace/words.ts'

/** What a comparison is told with. */
export interface DiffOptions {
  readonly style: Style
  /** Whose the rules of the snapshot before, and of the one after, are. */
  readonly whose: { readonly before: Whose; readonly after: Whose }
  /** Id of the owner that stands for nobody known. */
  readonly administrator: string
  /** Everything, however much. */
  readonly whole: boolean
}
