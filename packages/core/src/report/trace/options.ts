import { PLAIN, type Style } from '../style.ts'
import type { Whose } from './words.ts'

/** `minimal`: a line an outcome; `summary`: what tells the story; `full`: every step with file and line. */
export type Detail = 'minimal' | 'summary' | 'full'

export interface TraceTextOptions {
  readonly detail: Detail
  readonly style: Style
  readonly whose: Whose
}

export const PLAIN_TEXT: TraceTextOptions = { detail: 'summary', style: PLAIN, whose: () => undefined }
