import type { Operation } from './operation.ts'

/** Where the object of a step is saved before it is changed, and how that file brings it back. `{backup}` is the backup's folder. */
export interface Saved {
  readonly save: { readonly command: readonly string[]; readonly file: string }
  readonly undo: readonly string[]
}

/** Options of kubectl that name the object and stay the same in every command; anything else is left to the author of the step. */
const KEPT = /^(?:-n|--namespace|--context|--kubeconfig)$/

/**
 * `kubectl delete|apply` of one named object. A pod that a controller owns comes back by itself under another name: bringing the old one back
 * would make two, so that it has no undo of this kind.
 */
export function saveOf(op: Operation, number: number): Saved | undefined {
  if (op.kind !== 'object' || op.action !== 'delete') return undefined
  const place: string[] = []
  const names: string[] = []
  for (let i = 0; i < op.words.length; i++) {
    const word = op.words[i] as string
    if (KEPT.test(word)) place.push(word, op.words[++i] ?? '')
    else if (/^--(?:namespace|context|kubeconfig)=/.test(word)) place.push(word)
    else if (word === op.action && names.length === 0) continue
    else if (!word.startsWith('-')) names.push(...word.split('/'))
    else if (!/^--(?:wait|ignore-not-found|grace-period|timeout|now)\b/.test(word)) return undefined
  }
  const [kind = '', name, ...more] = names
  if (name === undefined || more.length > 0 || /^(?:po|pod|pods|no|node|nodes)$/.test(kind)) return undefined
  const file = `objects/${number}.json`
  return {
    save: { command: ['kubectl', ...place, 'get', kind, name, '-o', 'json'], file },
    undo: ['kubectl', ...place, 'apply', '-f', `{backup}/${file}`],
  }
}
