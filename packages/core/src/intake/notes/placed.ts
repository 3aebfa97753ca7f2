import type { Command } from './command.ts'
import { expectationOf } from './expectation.ts'
import type { Pasted } from './pasted.ts'

/** Outputs without a told host belong to the one host that the document shows, if it shows one. */
export function placed(found: readonly Pasted[]): readonly Pasted[] {
  const telling = new Set<string>()
  for (const p of found) {
    const format = p.commands.length > 0 ? expectationOf(p.commands[0] as Command).format : undefined
    if (p.place.host !== undefined && !p.elsewhere && (format !== undefined || p.commands.length === 0)) telling.add(p.place.host)
  }
  const only = telling.size === 1 ? [...telling][0] : undefined
  if (only === undefined) return found
  return found.map((p) => (p.place.host === undefined && !p.elsewhere ? { ...p, place: { host: only, netns: p.place.netns } } : p))
}
