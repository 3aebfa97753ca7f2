import type { Note } from '../../facts/source.ts'
import type { Family } from '../../net/address.ts'
import type { IptablesRuleset } from './ast.ts'
import { type Backend, detectFamily, detectTable, saveSections } from './read-sections.ts'
import { RulesetBuilder } from './read-tables.ts'
import { SaveReader } from './save-reader.ts'
import type { SharedRules } from './shared-rules.ts'

/** What the caller knows better than the text. */
export interface SaveHints {
  readonly family?: Family | undefined
  readonly backend?: Backend | undefined
  /** Table of rules that stand before any `*table` line, as `iptables -t nat -S` shows them. */
  readonly table?: string | undefined
  /** What the rulesets of other hosts may have in common with this one. */
  readonly shared?: SharedRules | undefined
}

/**
 * Reads what iptables-save, ip6tables-save and iptables -S print, and what iptables-restore takes; never throws. Where the text holds saves of both
 * families or both back ends, the first one's is returned: `readIptablesSaves` gives all.
 */
export function readIptablesSave(text: string, file: string, family?: Family, backend?: Backend, table?: string): IptablesRuleset {
  const [first, ...others] = readIptablesSaves(text, file, { family, backend, table })
  if (!first) return new RulesetBuilder().finish(family ?? 'ip', backend ?? 'unknown', file)
  const notes = others.map((other): Note => {
    const line = other.tables[0]?.line ?? 1
    return { kind: 'not-understood', text: `another save begins here (${other.family}, ${other.backend})`, source: { file, line } }
  })
  return notes.length > 0 ? { ...first, notes: [...first.notes, ...notes] } : first
}

/** A ruleset for each family and back end that the text holds, in the order in which they begin. */
export function readIptablesSaves(text: string, file: string, hints: SaveHints = {}): readonly IptablesRuleset[] {
  const readers = new Map<string, SaveReader>()
  const fallback = hints.family ?? detectFamily(text, file)
  for (const section of saveSections(text, file, hints.backend)) {
    const family = hints.family ?? section.family ?? fallback
    const key = `${family} ${section.backend}`
    let reader = readers.get(key)
    if (!reader) {
      reader = new SaveReader(text, file, family, section.backend, hints.table ?? detectTable(text), hints.shared)
      readers.set(key, reader)
    }
    reader.read(section)
  }
  return [...readers.values()].map((reader) => reader.finish())
}
