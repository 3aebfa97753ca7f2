import type { Chain, Rule, Table } from '../scenario.ts'
import { allAddresses, PORTS_USED, type Spot } from './context.ts'
import { drawNftMatches } from './nft-matches.ts'
import { drawStatement } from './nft-statements.ts'

export type Ground = Pick<Spot, 'random' | 'family' | 'addresses'>

/** Where a native rule will stand. */
export interface NftSpot extends Ground {
  readonly tableFamily: 'ip' | 'ip6' | 'inet'
  /** `ip` or `ip6`: how nft names the header, and what follows from it. */
  readonly ip: 'ip' | 'ip6'
  readonly kind: 'filter' | 'nat' | 'route'
  readonly hooks: readonly string[]
  /** Before conntrack: notrack and zones. */
  readonly early: boolean
  readonly next: readonly string[]
}

const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const
const NAT_HOOKS = ['prerouting', 'input', 'output', 'postrouting'] as const

/** Sets and maps that every table of the draw has: what rules ask for exists. */
function objects({ random, addresses: a }: Ground, chains: readonly string[]): readonly string[] {
  const some = (count: number): string => random.sample(allAddresses(a), count).join(', ')
  const ports = (count: number): readonly number[] =>
    random.sample(
      PORTS_USED.filter((p) => p < 30_000),
      count,
    )
  const verdict = (): string => random.pick(['accept', 'drop', 'continue', 'return', ...chains.flatMap((c) => [`jump ${c}`, `goto ${c}`])])
  const [p1 = 80, p2 = 443, p3 = 53, p4 = 22] = ports(4)
  const [h1 = a.P1, h2 = a.P2, h3 = a.C1] = random.sample(allAddresses(a), 3)
  const address = a.version === 4 ? 'ipv4_addr' : 'ipv6_addr'
  const [near = '', docker = '', link = ''] = a.prefixes
  const [service = '', other = ''] = a.services
  return [
    `set nets { type ${address}; flags interval; elements = { ${near}, ${a.outside[0]}, ${random.pick([docker, link, `${a.host.eth0}-${a.via.eth0}`])} } }`,
    `set hosts { type ${address}; elements = { ${some(3)} } }`,
    `set ports { type inet_service; flags interval; elements = { ${p1}, ${p2}, 30000-32767 } }`,
    `set names { type ifname; elements = { "eth0", "cni0" } }`,
    `set marked { type mark; elements = { 0x1, 0x4000 } }`,
    `set ends { typeof ${a.version === 4 ? 'ip' : 'ip6'} saddr . ${a.version === 4 ? 'ip' : 'ip6'} daddr; elements = { ${a.P1} . ${h1}, ${a.outside[0]} . ${h2} } }`,
    `set pairs { type ${address} . inet_service; elements = { ${h1} . ${p1}, ${h2} . ${p2}, ${h3} . ${p1} } }`,
    `set ranges { type ${address} . inet_service; flags interval; elements = { ${near} . 1-1023, ${a.outside[0]} . 8080 } }`,
    `map marks { type ${address} : mark; elements = { ${h1} : 0x1, ${h2} : 0x4000 } }`,
    `map byport { type inet_service : verdict; elements = { ${p1} : ${verdict()}, ${p2} : ${verdict()}, ${p3} : ${verdict()} } }`,
    `map bynet { type ${address} : verdict; flags interval; elements = { ${near} : ${verdict()}, ${docker} : ${verdict()}, ${a.outside[0]} : ${verdict()} } }`,
    `map bypair { type ${address} . inet_proto . inet_service : verdict; elements = { ${h1} . tcp . ${p1} : ${verdict()}, ${h2} . udp . ${p3} : ${verdict()} } }`,
    `map bymark { type mark : verdict; elements = { 0x1 : ${verdict()}, 0x4000 : ${verdict()} } }`,
    `map to { type inet_service : ${address} . inet_service; elements = { ${p1} : ${a.P1} . 8080, ${p4} : ${a.C1} . 80 } }`,
    `map host { type ${address} : ${address}; elements = { ${service} : ${a.P1}, ${other} : ${a.C1} } }`,
  ]
}

function drawRule(spot: NftSpot): Rule {
  const { random } = spot
  const statement = drawStatement(spot)
  const count = statement.ends
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
  return {
    matches: drawNftMatches(spot, count, statement.proto),
    target: `${random.chance(0.15) ? 'counter ' : ''}${statement.text}`.trim(),
  }
}

interface Base {
  readonly name: string
  readonly kind: NftSpot['kind']
  readonly hook: string
  readonly priority: number
}

/** Priorities are never the same at a hook: which chain of two goes first, a listing does not tell. */
function bases({ random }: Ground, taken: Set<string>): readonly Base[] {
  const free = (hook: string, priorities: readonly number[]): number | undefined => {
    const priority = random.sample(priorities, priorities.length).find((p) => !taken.has(`${hook} ${p}`))
    if (priority !== undefined) taken.add(`${hook} ${priority}`)
    return priority
  }
  const list: Base[] = []
  for (const hook of HOOKS) {
    for (let i = random.int(0, 2); i > 0; i--) {
      const priority = free(hook, [-300, -225, -150, -90, -10, 0, 10, 50, 120, 300])
      const kind = hook === 'output' && random.chance(0.3) ? 'route' : 'filter'
      if (priority !== undefined) list.push({ name: `${hook.slice(0, 4)}${list.length}`, kind, hook, priority })
    }
  }
  for (const hook of NAT_HOOKS) {
    const priority = random.chance(0.6)
      ? free(`nat ${hook}`, hook === 'prerouting' || hook === 'output' ? [-100, -101, -99] : [100, 101, 99])
      : undefined
    if (priority !== undefined) list.push({ name: `nat${hook.slice(0, 4)}`, kind: 'nat', hook, priority })
  }
  return list
}

function drawTable(ground: Ground, index: number, taken: Set<string>): Table {
  const { random } = ground
  const ip = ground.addresses.version === 4 ? 'ip' : 'ip6'
  const tableFamily = random.pick([ip, 'inet'] as const)
  const users = Array.from({ length: random.int(1, 4) }, (_, i) => `u${i}`)
  const spot = (kind: NftSpot['kind'], hooks: readonly string[], early: boolean, next: readonly string[]): NftSpot => ({
    ...ground,
    tableFamily,
    ip,
    kind,
    hooks,
    early,
    next,
  })
  const rules = (at: NftSpot): readonly Rule[] => Array.from({ length: random.int(0, 5) }, () => drawRule(at))
  const chains: Chain[] = bases(ground, taken).map((base) => ({
    name: base.name,
    base: `type ${base.kind} hook ${base.hook} priority ${base.priority}; policy ${base.kind !== 'nat' && random.chance(0.1) ? 'drop' : 'accept'};`,
    rules: rules(
      spot(base.kind, [base.hook], base.priority < -200 && ['prerouting', 'output'].includes(base.hook), base.kind === 'nat' ? [] : users),
    ),
  }))
  const called: Chain[] = users.map((name, i) => ({
    name,
    base: undefined,
    rules: rules(spot('filter', HOOKS, false, users.slice(i + 1))),
  }))
  return { name: `${tableFamily} t${index}`, objects: objects(ground, users.slice(-1)), chains: [...chains, ...called] }
}

export function drawNftTables(ground: Ground): readonly Table[] {
  const taken = new Set<string>()
  return Array.from({ length: ground.random.int(1, 3) }, (_, i) => drawTable(ground, i, taken))
}
