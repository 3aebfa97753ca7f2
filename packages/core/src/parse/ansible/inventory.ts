import { parseIni } from './ini.ts'
import { parseYamlInventory } from './yaml.ts'

/** A host with the groups that it belongs to, however deep, and the variables that hold for it. */
export interface InventoryHost {
  readonly name: string
  readonly groups: ReadonlySet<string>
  readonly variables: Readonly<Record<string, string>>
}

export interface Inventory {
  readonly hosts: readonly InventoryHost[]
  /** What was not understood, with its line; 0 where no line is known. */
  readonly problems: readonly { readonly line: number; readonly text: string }[]
}

/** A group while it is gathered. */
export interface Group {
  readonly hosts: Map<string, Record<string, string>>
  readonly children: Set<string>
  readonly variables: Record<string, string>
}

export type Groups = Map<string, Group>

export function groupNamed(groups: Groups, name: string): Group {
  let group = groups.get(name)
  if (!group) {
    group = { hosts: new Map(), children: new Set(), variables: {} }
    groups.set(name, group)
  }
  return group
}

/** Reads an Ansible inventory, ini or YAML, or a hosts.yaml: `hosts: [{ name, address, roles: […] }]`. */
export function parseInventory(text: string): Inventory {
  return /^\s*(?:---|\w[\w-]*:\s*(?:$|#|[{[&|>]))/m.test(text) && !/^\s*\[[^\]\n]+\]\s*(?:#.*)?$/m.test(text)
    ? parseYamlInventory(text)
    : parseIni(text)
}

/**
 * The hosts of all groups. As Ansible merges: a host's own variables over its groups', a child's over its parents', `all` first; groups of the
 * same depth by name.
 */
export function hostsOf(groups: Groups): readonly InventoryHost[] {
  const parents = new Map<string, Set<string>>()
  for (const [name, { children }] of groups) for (const child of children) parents.set(child, (parents.get(child) ?? new Set()).add(name))
  const own = new Map<string, { readonly groups: Set<string>; readonly variables: Record<string, string> }>()
  for (const [name, group] of groups)
    for (const [host, variables] of group.hosts) {
      const known = own.get(host) ?? { groups: new Set<string>(), variables: {} }
      own.set(host, { groups: known.groups.add(name), variables: { ...known.variables, ...variables } })
    }
  return [...own].map(([name, { groups: direct, variables }]) => {
    const depths = depthsOf(direct, parents)
    const ordered = [...depths]
      .sort(([a, x], [b, y]) => Number(b === 'all') - Number(a === 'all') || y - x || a.localeCompare(b))
      .map(([group]) => group)
    const inherited = Object.assign(
      {},
      groups.get('all')?.variables,
      ...ordered.map((group) => groups.get(group)?.variables ?? {}),
    ) as Record<string, string>
    return { name, groups: new Set(ordered), variables: { ...inherited, ...variables } }
  })
}

/** How far each group is above the host: 0 for those that name it. A group that is its own ancestor is met once. */
function depthsOf(direct: ReadonlySet<string>, parents: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, number> {
  const depths = new Map<string, number>()
  let current = [...direct]
  for (let depth = 0; current.length > 0; depth++) {
    const fresh = current.filter((group) => !depths.has(group))
    for (const group of fresh) depths.set(group, depth)
    current = fresh.flatMap((group) => [...(parents.get(group) ?? [])])
  }
  return depths
}
