import { type Chain, type PacketSpec, type Rule, ruleText, type Scenario, type Table } from './scenario.ts'

/** Whether a scenario still shows the difference of its first packet. */
export type Shows = (scenario: Scenario) => Promise<boolean>

/** Delta debugging (Zeller and Hildebrandt, ddmin): a sublist that still shows it, of which no single part can go. */
export async function ddmin<T>(parts: readonly T[], shows: (kept: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let kept = parts
  let pieces = 2
  while (kept.length > 0) {
    const size = Math.max(1, Math.ceil(kept.length / pieces))
    let cut: readonly T[] | undefined
    for (let at = 0; at < kept.length && !cut; at += size) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)]
      if (await shows(rest)) cut = rest
    }
    if (cut) {
      kept = cut
      pieces = Math.max(2, pieces - 1)
    } else if (size === 1) return kept
    else pieces = Math.min(kept.length, pieces * 2)
  }
  return kept
}

const mapTables = (scenario: Scenario, change: (table: Table) => Table | undefined): Scenario => ({
  ...scenario,
  tables: scenario.tables.flatMap((t) => change(t) ?? []),
  native: scenario.native.flatMap((t) => change(t) ?? []),
})

const mapChains = (scenario: Scenario, change: (chain: Chain, table: Table) => Chain | undefined): Scenario =>
  mapTables(scenario, (table) => ({ ...table, chains: table.chains.flatMap((chain) => change(chain, table) ?? []) }))

const mapRules = (scenario: Scenario, change: (rule: Rule) => Rule | undefined): Scenario =>
  mapChains(scenario, (chain) => ({ ...chain, rules: chain.rules.flatMap((r) => change(r) ?? []) }))

const allTables = (scenario: Scenario): readonly Table[] => [...scenario.tables, ...scenario.native]
const allRules = (scenario: Scenario): readonly Rule[] => allTables(scenario).flatMap((t) => t.chains.flatMap((c) => c.rules))

async function fewerRules(scenario: Scenario, shows: Shows): Promise<Scenario> {
  const only = (rules: readonly Rule[]): Scenario => {
    const kept = new Set(rules)
    return mapRules(scenario, (rule) => (kept.has(rule) ? rule : undefined))
  }
  return only(await ddmin(allRules(scenario), (rules) => shows(only(rules))))
}

/** Everything around the rules: each list is cut down by itself. */
async function fewerSurroundings(scenario: Scenario, shows: Shows): Promise<Scenario> {
  let current = scenario
  for (const key of ['policies', 'routes', 'hairpin', 'isolated', 'failed', 'sets', 'openers'] as const) {
    const start: Scenario = current
    const kept = await ddmin<unknown>(start[key], (list) => shows({ ...start, [key]: list }))
    current = { ...start, [key]: kept }
  }
  const start = current
  const sysctls = await ddmin(Object.entries(start.sysctls), (entries) => shows({ ...start, sysctls: Object.fromEntries(entries) }))
  current = { ...start, sysctls: Object.fromEntries(sysctls) }
  for (const set of current.sets) {
    const before: Scenario = current
    const put = (members: readonly string[]): Scenario => ({
      ...before,
      sets: before.sets.map((s) => (s.name === set.name ? { ...s, members } : s)),
    })
    current = put(await ddmin(set.members, (members) => shows(put(members))))
  }
  return current
}

async function fewerMatches(scenario: Scenario, shows: Shows): Promise<Scenario> {
  let current = scenario
  for (let index = 0; index < allRules(current).length; index++) {
    const rule = allRules(current)[index]
    if (!rule || rule.matches.length === 0) continue
    const before = current
    const put = (matches: readonly string[]): Scenario => mapRules(before, (r) => (r === rule ? { ...r, matches } : r))
    current = put(await ddmin(rule.matches, (matches) => shows(put(matches))))
  }
  return current
}

const mentions = (tables: readonly Table[], chain: Chain): boolean =>
  tables.some((t) =>
    t.chains.some((c) =>
      c.rules.some((r) =>
        ruleText(c.name, r)
          .split(/[\s,{}]+/)
          .includes(chain.name),
      ),
    ),
  )

/** Chains that nothing jumps to, tables without rules, objects, policies and header fields that do not matter. */
async function simpler(scenario: Scenario, shows: Shows): Promise<Scenario> {
  let current = scenario
  const attempt = async (next: Scenario): Promise<void> => {
    if (await shows(next)) current = next
  }
  const called = (chain: Chain): boolean => chain.base !== undefined || chain.rules.length > 0 || mentions(allTables(scenario), chain)
  await attempt(mapChains(current, (chain) => (called(chain) ? chain : undefined)))
  for (const { name } of allTables(current)) await attempt(mapTables(current, (t) => (t.name === name ? undefined : t)))
  for (const table of current.native) {
    const inThis = (t: Table): boolean => t.name === table.name
    for (const object of table.objects) {
      await attempt(mapTables(current, (t) => (inThis(t) ? { ...t, objects: t.objects.filter((o) => o !== object) } : t)))
    }
    for (const { name } of table.chains) await attempt(mapChains(current, (c, t) => (inThis(t) && c.name === name ? undefined : c)))
  }
  await attempt(mapChains(current, (chain) => (chain.base === 'DROP' ? { ...chain, base: 'ACCEPT' } : chain)))
  for (const key of ['ttl', 'tos'] as const) {
    const packets = current.packets.map(({ [key]: _, ...rest }): PacketSpec => rest)
    if (current.packets.some((p) => p[key] !== undefined)) await attempt({ ...current, packets })
  }
  return current
}

/** The smallest scenario found that shows the same packet's difference. `shows` is asked of scenarios whose packets begin with that one. */
export async function shrink(scenario: Scenario, packet: PacketSpec, shows: Shows): Promise<Scenario> {
  const own = scenario.packets.find((p) => p.id === packet.id) ?? packet
  const others = scenario.packets.filter((p) => p !== own)
  const alone = await ddmin(others, (kept) => shows({ ...scenario, packets: [own, ...kept] }))
  let current: Scenario = { ...scenario, packets: [own, ...alone] }
  for (const step of [fewerRules, fewerSurroundings, fewerMatches, simpler, fewerRules]) current = await step(current, shows)
  return current
}
