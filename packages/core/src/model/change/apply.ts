import type { Document } from '../../intake/document.ts'
import { nameOfHost } from '../host-name.ts'
import type { Change } from './change.ts'
import { changeDevices } from './devices.ts'
import { Editor } from './editor.ts'
import { changeRouting } from './routing.ts'
import { changeRules } from './rules.ts'
import { changeSets } from './sets.ts'

/**
 * The evidence as it would be with these changes made, one after the other: assemble it, and the model answers "what if". Documents that
 * no change touches are the same objects. `missed` are changes that found nothing to change (a rule that is not there), by index.
 */
export function applyChanges(
  documents: readonly Document[],
  changes: readonly Change[],
): { readonly documents: readonly Document[]; readonly missed: readonly number[] } {
  const fallback = nameOfHost(documents)
  const missed: number[] = []
  let current = documents
  for (const [i, change] of changes.entries()) {
    const next = applied(current, change, fallback)
    if (next === current) missed.push(i)
    current = next
  }
  return { documents: current, missed }
}

function applied(documents: readonly Document[], change: Change, fallback: string): readonly Document[] {
  const editor = new Editor(documents, fallback)
  switch (change.kind) {
    case 'rule-removed':
    case 'rule-added':
    case 'rule-replaced':
    case 'policy':
    case 'ruleset-removed':
    case 'table-removed':
      return changeRules(editor, change).done()
    case 'sysctl':
    case 'conntrack-removed':
    case 'socket-added':
    case 'set-entry-added':
    case 'set-entry-removed':
      return changeSets(editor, change).done()
    case 'route-added':
    case 'route-removed':
    case 'routing-rule-added':
    case 'routing-rule-removed':
      return changeRouting(editor, change).done()
    case 'link':
    case 'link-removed':
    case 'address-added':
    case 'address-removed':
    case 'neighbour-set':
    case 'neighbour-removed':
    case 'fdb-set':
    case 'fdb-removed':
      return changeDevices(editor, change).done()
    default:
      return change satisfies never
  }
}
