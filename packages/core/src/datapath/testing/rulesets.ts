import type { Machine } from './machines.ts'

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/**
 * What iptables-save prints, from its rules alone: `*nat` begins a table, `:FORWARD DROP` sets a policy; the declarations of the chains that
 * the rules name, and COMMIT, are added.
 */
export function save(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const starts = lines.flatMap((line, i) => (line.startsWith('*') ? [i] : []))
  return starts.map((start, i) => saveTable(lines.slice(start, starts[i + 1]))).join('')
}

function saveTable([head = '', ...lines]: readonly string[]): string {
  const rules = lines.filter((line) => line.startsWith('-A'))
  const told = new Map(lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).split(' ') as [string, string]))
  const chains = new Map((BUILT_IN[head.slice(1)] ?? []).map((name) => [name, 'ACCEPT']))
  for (const [name, policy] of told) chains.set(name, policy)
  for (const rule of rules) {
    const [, name = ''] = rule.split(' ')
    if (!chains.has(name)) chains.set(name, '-')
  }
  return `${[head, ...[...chains].map(([name, policy]) => `:${name} ${policy} [0:0]`), ...rules, 'COMMIT'].join('\n')}\n`
}

/** The same rules in both languages. */
export interface Rules {
  /** As `save` takes it. */
  readonly iptables: string
  readonly nft: string
}

/** Where the meaning is the same, a story is told of all three programs. */
export const BACKENDS: readonly (readonly [name: string, machine: (rules: Rules) => Machine])[] = [
  ['iptables-nft', ({ iptables }) => ({ iptables: save(iptables) })],
  ['iptables-legacy', ({ iptables }) => ({ legacy: save(iptables) })],
  ['nftables', ({ nft }) => ({ nft })],
]
