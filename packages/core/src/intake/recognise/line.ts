import { plain } from '../../parse/lines.ts'
import type { Format } from '../format.ts'
import { recogniseJson } from './json.ts'
import { OUTPUTS, STREAMS } from './text.ts'

/** Formats that a single line cannot tell from prose. */
const WEAK: ReadonlySet<Format> = new Set(['hosts', 'resolv.conf', 'kubectl-describe', 'docker-version', 'log', 'hostname'])

/** The output that this one line can only be a part of; undefined for prose, blank lines and anything that could be several. */
export function recogniseLine(line: string): Format | undefined {
  const text = plain(line.slice(0, 2000)).trimEnd()
  if (text === '' || text.length < 4) return undefined
  if (/^[[{]/.test(text)) {
    const json = recogniseJson(text)
    return json === 'json' || json === 'empty-json' ? undefined : json
  }
  const sample = { head: text, lines: [text], first: text }
  const found = STREAMS.find(([, test]) => test(sample)) ?? OUTPUTS.find(([, test]) => test(sample))
  return found && !WEAK.has(found[0]) ? found[0] : undefined
}
