import { BUILT_IN, type Chain, type IpsetSpec, isLegacy, type Rule, type Table } from '../scenario.ts'
import type { Spot } from './context.ts'
import { drawMatches } from './matches.ts'
import { drawTarget } from './targets.ts'

type Ground = Pick<Spot, 'random' | 'family' | 'addresses'> & { readonly sets: readonly IpsetSpec[] }

function drawRule(spot: Spot): Rule {
  const { random } = spot
  const target = drawTarget(spot)
  const count = target.ends
    ? random.weighted([
        [1, 1],
        [4, 2],
        [3, 3],
      ])
    : random.weighted([
        [2, 0],
        [6, 1],
        [4, 2],
        [1, 3],
      ])
  const matches = drawMatches(spot, count, target.proto)
  /** iptables-nft 1.8.9 saves one of two --tcp-flags only, while the kernel holds to both. */
  const beside = target.match ? [...matches.filter((m) => !/--tcp-flags|--syn/.test(m)), target.match] : matches
  return { matches: beside, target: target.text }
}

function drawTable(ground: Ground, name: string): Table {
  const { random } = ground
  const builtIn = BUILT_IN[name] ?? []
  /** A user chain belongs to one hook, or, for tables where nothing depends on it, to all. */
  const user = Array.from({ length: random.int(0, 4) }, (_, i) => {
    const hooks = name === 'nat' || random.chance(0.7) ? [random.pick(builtIn)] : builtIn
    return { name: `${name.slice(0, 1).toUpperCase()}${i}${hooks.length === 1 ? `-${hooks[0]?.slice(0, 4)}` : ''}`, hooks }
  })
  const chain = (chainName: string, hooks: readonly string[], after: number, base: string | undefined): Chain => {
    const next = user.filter((c, i) => i >= after && hooks.every((hook) => c.hooks.includes(hook))).map((c) => c.name)
    const spot: Spot = { ...ground, table: name, hooks, next }
    return { name: chainName, base, rules: Array.from({ length: random.int(0, base ? 5 : 4) }, () => drawRule(spot)) }
  }
  const policy = (): string => (name === 'filter' && random.chance(0.2) ? 'DROP' : 'ACCEPT')
  return {
    name,
    objects: [],
    chains: [...builtIn.map((c) => chain(c, [c], 0, policy())), ...user.map((c, i) => chain(c.name, c.hooks, i + 1, undefined))],
  }
}

/** Some of the five tables; legacy tables cannot be taken away again, so there all stand. */
export function drawTables(ground: Ground): readonly Table[] {
  const odds: readonly (readonly [string, number])[] = [
    ['raw', 0.6],
    ['mangle', 0.7],
    ['nat', 0.9],
    ['filter', 0.95],
    ['security', 0.1],
  ]
  const empty = (name: string): Table => ({
    name,
    objects: [],
    chains: (BUILT_IN[name] ?? []).map((c) => ({ name: c, base: 'ACCEPT', rules: [] })),
  })
  return odds.flatMap(([name, probability]) => {
    if (ground.random.chance(probability)) return [drawTable(ground, name)]
    return isLegacy(ground.family) ? [empty(name)] : []
  })
}
