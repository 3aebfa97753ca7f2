import type { Document } from '../../intake/document.ts'
import type { LoggedStep } from '../observations/observation.ts'

const HOOKS: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])

/**
 * The hook that the last step of a logged way was at, as iptables prints it: that of the base chain which leads there, as the way itself or
 * else the ruleset shows it. '': nothing tells.
 */
export function hookOf(documents: readonly Document[], way: readonly LoggedStep[]): string {
  const last = way.at(-1)
  if (!last) return ''
  const own = way.filter(({ table, family }) => table === last.table && family === last.family)
  for (const step of own.toReversed()) {
    const hook = hookOfChain(documents, step)
    if (hook !== undefined) return hook
  }
  const leading = callers(documents, last)
  return leading.length === 1 ? (leading[0] as string) : ''
}

function hookOfChain(documents: readonly Document[], { family, table, chain }: LoggedStep): string | undefined {
  if (HOOKS.has(chain)) return chain
  for (const { content } of documents) {
    if (content.kind !== 'nft') continue
    const found = content.ruleset.tables.find((one) => one.name === table && (family === undefined || one.family === family))
    const hook = found?.chains.find(({ name }) => name === chain)?.base?.hook
    if (hook !== undefined) return hook.toUpperCase()
  }
  return undefined
}

/** Built-in chains of iptables from which jumps lead there. */
function callers(documents: readonly Document[], { table, chain }: LoggedStep): readonly string[] {
  const seen = new Set([chain])
  for (const { content } of documents) {
    if (content.kind !== 'iptables') continue
    const chains = content.ruleset.tables.find(({ name }) => name === table)?.chains
    if (!chains?.has(chain)) continue
    for (const name of seen)
      for (const caller of chains.values())
        if (caller.rules.some(({ target }) => (target?.kind === 'jump' || target?.kind === 'goto') && target.chain === name))
          seen.add(caller.name)
  }
  return [...seen].filter((name) => HOOKS.has(name))
}
