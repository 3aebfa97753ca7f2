/** std_prios[] and bridge_std_prios[] of nftables' rule.c. */
const STANDARD: readonly (readonly [string, number])[] = [
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
]
const BRIDGE: readonly (readonly [string, number])[] = [
  ['dstnat', -300],
  ['filter', -200],
  ['out', 100],
  ['srcnat', 300],
]
const REACH = 10

const namesOf = (family: string) => (family === 'bridge' ? BRIDGE : STANDARD)

/** std_prio_family_hook_compat() */
function compatible(name: string, family: string, hook: string): boolean {
  if (name === 'filter') return true
  if (family === 'arp' || family === 'netdev') return false
  if (name === 'dstnat') return hook === 'prerouting'
  if (name === 'srcnat') return hook === 'postrouting'
  if (name === 'out') return hook === 'output'
  return true
}

/** prio2str(): `dstnat`, `filter + 10`, `-225` */
export function formatPriority(priority: number, family: string, hook: string): string {
  const near = namesOf(family).find(([name, value]) => Math.abs(value - priority) <= REACH && compatible(name, family, hook))
  if (!near) return String(priority)
  const offset = priority - near[1]
  return offset === 0 ? near[0] : `${near[0]} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`
}

export const namedPriority = (name: string, family: string): number | undefined => namesOf(family).find(([known]) => known === name)?.[1]
