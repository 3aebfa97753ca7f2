import type { Kernel, Refused, Verified, VerifyOptions } from './kernel.ts'
import { type Rule, routingLines, type Scenario, type Table } from './scenario.ts'

const kept = (tables: readonly Table[], keep: (rule: Rule) => boolean): readonly Table[] =>
  tables.map((t) => ({ ...t, chains: t.chains.map((c) => ({ ...c, rules: c.rules.filter(keep) })) }))

const filterRules = (scenario: Scenario, keep: (rule: Rule) => boolean): Scenario => ({
  ...scenario,
  tables: kept(scenario.tables, keep),
  native: kept(scenario.native, keep),
})

/** The rule in a line of the restore text: tables one after another, chains declared first, then their rules. */
function ruleAtLine(scenario: Scenario, line: number): Rule | undefined {
  let at = 0
  for (const table of scenario.tables) {
    at += 1 + table.chains.length
    for (const chain of table.chains) {
      for (const rule of chain.rules) if (++at === line) return rule
    }
    at += 1
  }
  return undefined
}

/** The same in what nftText makes: the tables' blocks with a line a chain and object, each followed by its rules. */
function ruleAtNftLine(scenario: Scenario, line: number): Rule | undefined {
  let at = 0
  for (const table of scenario.native) {
    at += 2 + table.chains.length + table.objects.length
    for (const rule of table.chains.flatMap((chain) => chain.rules)) if (++at === line) return rule
  }
  return undefined
}

/** A set, the lists that hold it, and the rules that ask for it. */
export function withoutSet(scenario: Scenario, name: string): Scenario {
  const sets = scenario.sets
    .filter((s) => s.name !== name)
    .map((s) => ({ ...s, members: s.members.filter((m) => !s.create.startsWith('list:') || m !== name) }))
  return filterRules({ ...scenario, sets }, (rule) => !rule.matches.some((m) => m.includes(`--match-set ${name} `)))
}

/** The scenario without what was refused, or undefined where that is not known. */
function without(scenario: Scenario, refused: Refused): Scenario | undefined {
  if (refused.line === undefined) return undefined
  switch (refused.part) {
    case 'sets': {
      const owners = scenario.sets.flatMap((s) => [s.name, ...s.members.map(() => s.name)])
      const name = owners[refused.line - 1]
      return name === undefined ? undefined : withoutSet(scenario, name)
    }
    case 'rules':
    case 'native': {
      const bad = refused.part === 'native' ? ruleAtNftLine(scenario, refused.line) : ruleAtLine(scenario, refused.line)
      return bad && filterRules(scenario, (rule) => rule !== bad)
    }
    case 'routing': {
      const bad = routingLines(scenario)[refused.line - 1]
      return {
        ...scenario,
        routes: scenario.routes.filter((r) => `route ${r}` !== bad),
        policies: scenario.policies.filter((p) => `rule add ${p}` !== bad),
      }
    }
  }
}

/** Loads a scenario; what this kernel or its tools do not take is left out, piece by piece, so that one draw serves every machine. */
export async function verifyTaken(
  kernel: Kernel,
  scenario: Scenario,
  options: VerifyOptions = {},
): Promise<
  { readonly scenario: Scenario; readonly verified: Verified; readonly leftOut: readonly string[] } | { readonly refused: string }
> {
  let current = scenario
  const leftOut: string[] = []
  for (let attempt = 0; attempt < 20; attempt++) {
    const result = await kernel.verify(current, options)
    if (!('kind' in result)) return { scenario: current, verified: result, leftOut }
    leftOut.push(result.text)
    const next = without(current, result)
    if (!next) break
    current = next
  }
  return { refused: leftOut.at(-1) ?? '' }
}
