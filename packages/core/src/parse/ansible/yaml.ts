import { parse } from 'yaml'
import { type Group, type Groups, groupNamed, hostsOf, type Inventory } from './inventory.ts'
import { namesOf } from './ranges.ts'

type Tree = Readonly<Record<string, unknown>>
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads the YAML form (`all: { hosts, children, vars }`), and hosts.yaml: `hosts: [{ name, address, roles }]`. */
export function parseYamlInventory(text: string): Inventory {
  let data: unknown
  try {
    data = parse(text, { maxAliasCount: 100 })
  } catch (error) {
    return { hosts: [], problems: [{ line: 0, text: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) }] }
  }
  const groups: Groups = new Map()
  const problems: string[] = []
  if (!isTree(data)) return { hosts: [], problems: [{ line: 0, text: 'the file is no inventory' }] }
  if (Array.isArray(data.hosts)) readOwn(groups, data, data.hosts, problems)
  else for (const [name, group] of Object.entries(data)) readGroup(groups, name, group, problems, 0)
  return { hosts: hostsOf(groups), problems: problems.map((problem) => ({ line: 0, text: problem })) }
}

function readGroup(groups: Groups, name: string, value: unknown, problems: string[], depth: number): void {
  const group = groupNamed(groups, name)
  if (value === null || value === undefined) return
  if (!isTree(value) || depth > 50) {
    problems.push(`the group ${name} is no mapping`)
    return
  }
  for (const [key, part] of Object.entries(value)) {
    if (key === 'hosts') readHosts(group, part, problems)
    else if (key === 'vars') Object.assign(group.variables, variablesOf(part))
    else if (key === 'children' && isTree(part)) {
      for (const [child, inner] of Object.entries(part)) {
        group.children.add(child)
        readGroup(groups, child, inner, problems, depth + 1)
      }
    } else problems.push(`${key} of the group ${name}`)
  }
}

function readHosts(group: Group, value: unknown, problems: string[]): void {
  const hosts = isTree(value) ? Object.entries(value) : typeof value === 'string' ? [[value, null] as const] : []
  for (const [pattern, variables] of hosts) {
    const names = namesOf(pattern)
    if (!names) problems.push(`no host or range: ${pattern.slice(0, 100)}`)
    for (const name of names ?? []) group.hosts.set(name, { ...group.hosts.get(name), ...variablesOf(variables) })
  }
}

/** hosts.yaml: a role is a group. */
function readOwn(groups: Groups, data: Tree, hosts: readonly unknown[], problems: string[]): void {
  Object.assign(groupNamed(groups, 'all').variables, variablesOf(data.vars))
  for (const host of hosts) {
    if (!isTree(host) || typeof host.name !== 'string') {
      problems.push('a host without a name')
      continue
    }
    const { name, address, roles, ...more } = host
    const variables = { ...variablesOf(more), ...(typeof address === 'string' ? { ansible_host: address } : {}) }
    for (const role of ['all', ...(Array.isArray(roles) ? roles.map(String) : [])])
      groupNamed(groups, role).hosts.set(name as string, variables)
  }
}

const variablesOf = (value: unknown): Record<string, string> =>
  isTree(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, one]) => (one === null || typeof one === 'object' ? [] : [[key, String(one)]])),
      )
    : {}
