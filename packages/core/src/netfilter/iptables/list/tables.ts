import type { Family } from '../../../net/address.ts'
import { targetModules } from '../targets/registry.ts'
import type { Block } from './blocks.ts'

/** Chains that were listed together, and the table that they belong to. */
export interface Segment {
  readonly blocks: Block[]
  /** Named by a command or heading above. */
  readonly told: string | undefined
}

/** In the order of their hooks, in which iptables lists them. */
const BUILT_IN = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']
const isBuiltIn = (block: Block): boolean => BUILT_IN.includes(block.name)

/** A table is listed with its built-in chains first, in the order of their hooks: what breaks that order begins another table. */
export function segmentsOf(blocks: readonly Block[]): readonly Segment[] {
  const segments: Segment[] = []
  for (const block of blocks) {
    const last = segments.at(-1)
    if (!last || block.fresh) segments.push({ blocks: [block], told: block.fresh ? block.hint.table : undefined })
    else if (last.blocks.some((other) => other.name === block.name) || isBehind(block, last.blocks))
      segments.push({ blocks: [block], told: undefined })
    else last.blocks.push(block)
  }
  return segments
}

function isBehind(block: Block, others: readonly Block[]): boolean {
  const place = BUILT_IN.indexOf(block.name)
  return place >= 0 && others.some((other) => !isBuiltIn(other) || BUILT_IN.indexOf(other.name) > place)
}

const targetsOf = (block: Block): readonly string[] =>
  block.rows.map((row) => (row.kind === 'rule' ? (row.columns.target ?? '') : row.kind === 'summary' ? row.target : ''))

/** Targets that the kernel takes in one table only. */
const ONLY_IN: Readonly<Record<string, string>> = {
  DNAT: 'nat',
  SNAT: 'nat',
  MASQUERADE: 'nat',
  REDIRECT: 'nat',
  NETMAP: 'nat',
  REJECT: 'filter',
  CT: 'raw',
  NOTRACK: 'raw',
  TPROXY: 'mangle',
  TCPOPTSTRIP: 'mangle',
  TTL: 'mangle',
  HL: 'mangle',
  DSCP: 'mangle',
  TOS: 'mangle',
  CHECKSUM: 'mangle',
  CLASSIFY: 'mangle',
}

function byTargets(blocks: readonly Block[]): string | undefined {
  // rpfilter_check(): raw and mangle only
  if (blocks.some(({ rows }) => rows.some((row) => row.kind === 'rule' && /\brpfilter\b/.test(row.columns.rest)))) return 'raw'
  for (const block of blocks) for (const target of targetsOf(block)) if (Object.hasOwn(ONLY_IN, target)) return ONLY_IN[target]
  return undefined
}

/** By the built-in chains that stand together: only mangle has all five, only filter has neither PREROUTING nor POSTROUTING. */
function byChains(blocks: readonly Block[]): string | undefined {
  const names = new Set(blocks.filter(isBuiltIn).map((block) => block.name))
  if (names.size === 0) return undefined
  const routed = names.has('PREROUTING') || names.has('POSTROUTING')
  if (names.has('FORWARD')) return routed ? 'mangle' : 'filter'
  if (!routed) return 'filter'
  return names.size === 2 && names.has('PREROUTING') && names.has('OUTPUT') ? 'raw' : 'nat'
}

export interface Placed {
  readonly block: Block
  readonly table: string
  /** Nothing tells the table: iptables' own default. */
  readonly assumed: boolean
  /** A command or heading names the table. */
  readonly told: boolean
}

/** Gives each chain its table: as told, by its built-in chains, by its targets, by who jumps to it, else `filter`. */
export function placeBlocks(segments: readonly Segment[]): readonly Placed[] {
  const open: { block: Block; table: string | undefined; told: boolean }[] = []
  for (const { blocks, told } of segments) {
    const whole = told ?? tableOf(blocks)
    for (const block of blocks) {
      const own = told || isBuiltIn(block) ? undefined : byTargets([block])
      // NAT targets are the one thing that no other table can hold
      open.push({ block, table: own === 'nat' ? own : (whole ?? own), told: told !== undefined })
    }
  }
  const known = new Map<string, string>()
  for (const { block, table } of open)
    if (table) for (const target of targetsOf(block)) if (!targetModules.has(target)) known.set(target, table)
  // a chain that is found by its caller tells of those that it calls itself
  for (let round = 0; round < open.length; round++) {
    const next = open.find(({ block, table }) => !table && known.has(block.name))
    if (!next) break
    next.table = known.get(next.block.name)
    for (const target of targetsOf(next.block)) if (next.table && !known.has(target)) known.set(target, next.table)
  }
  return open.map(({ block, table, told }) => ({ block, table: table ?? 'filter', assumed: table === undefined, told }))
}

function tableOf(blocks: readonly Block[]): string | undefined {
  const chains = byChains(blocks)
  const targets = byTargets(blocks)
  if (chains === undefined) return blocks.length === 1 ? targets : undefined
  const fits: Readonly<Record<string, readonly string[]>> = {
    raw: ['raw', 'nat', 'mangle'],
    nat: ['nat', 'raw', 'mangle'],
    filter: ['filter', 'mangle', 'nat'],
    mangle: ['mangle'],
  }
  return targets && fits[chains]?.includes(targets) && (chains !== 'filter' || blocks.length < 3) ? targets : chains
}

/** The family that a chain's rows or the command above it tell. */
export function familyOfBlock(block: Block): Family | undefined {
  for (const row of block.rows) {
    if (row.kind !== 'rule') continue
    for (const text of [row.columns.source, row.columns.destination]) {
      if (/^!?[\da-f]*:[\da-f.:]*(\/|$)/i.test(text)) return 'ip6'
      if (/^!?\d+\.\d+\.\d+\.\d+(\/|$)/.test(text)) return 'ip'
    }
  }
  return block.hint.family
}
