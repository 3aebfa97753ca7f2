import { Agent, type Ran, type Volley } from './agent.ts'
import { type Bundle, bundleOf, staticFiles } from './collect.ts'
import { type Opened, resolveAll } from './follow.ts'
import { type Addresses, addressesOf, build, mainRoutes, NAMESPACES, neighbours, PORTS } from './network.ts'
import {
  BUILT_IN,
  type Family,
  hostSendsThis,
  ipsetText,
  iptablesOf,
  isLegacy,
  nftText,
  type PacketSpec,
  restoreText,
  routingLines,
  type Scenario,
  type Table,
  versionOf,
} from './scenario.ts'
import { settled } from './settled.ts'
import { shot } from './shot.ts'
import { sysctlPath, sysctlWrites } from './sysctl.ts'
import { type Loaded, loadedFrom, type Truth, truthOf } from './truth.ts'

/** What the kernel made of a scenario: the evidence anyone could have gathered, and what happened to each packet. */
export interface Verified {
  readonly bundle: Bundle
  /** The packets as they were sent: answers to earlier ones with what those had become. */
  readonly packets: readonly PacketSpec[]
  readonly truths: readonly Truth[]
  /** What they were made from: everything that moved, not only the lab's packets. */
  readonly volley: Volley
  readonly loaded: Loaded
  /** With `counting`: `iptables-save -c` just before and just after the packets. */
  readonly counters: { readonly before: string; readonly after: string } | undefined
}

/** The kernel, or the tool before it, did not take a part of the scenario: the line (from 1) of that part's text, where it says so. */
export interface Refused {
  readonly kind: 'refused'
  readonly part: 'sets' | 'rules' | 'native' | 'routing'
  readonly text: string
  readonly line: number | undefined
}

export interface VerifyOptions {
  /** Milliseconds of silence after which nothing more is expected. */
  readonly quiet?: number
  readonly counting?: boolean
}

const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security'] as const

/**
 * A table of the lab's own that sets nftrace on every packet before any rule, and is the last to see it at each hook: that its last chain was
 * reached says that the hook let the packet through. What the host would take in ends there, confirmed and unanswered: the only packets are
 * those that the lab sends. It is no part of the evidence.
 */
const WITNESS = `table inet lab_witness {
  chain in_prerouting { type filter hook prerouting priority -500; meta nftrace set 1; }
  chain in_output { type filter hook output priority -500; meta nftrace set 1; }
  chain out_prerouting { type filter hook prerouting priority 2147483647; }
  chain out_input { type filter hook input priority 2147483647; policy drop; }
  chain out_forward { type filter hook forward priority 2147483647; }
  chain out_output { type filter hook output priority 2147483647; }
  chain out_postrouting { type filter hook postrouting priority 2147483647; }
}
`

/** A running network, and the scenario that is loaded in it. */
export class Kernel {
  readonly #agent: Agent
  readonly family: Family
  readonly addresses: Addresses
  #static: Bundle = new Map()
  #undoRoutes: readonly string[] = []

  private constructor(family: Family) {
    this.family = family
    this.addresses = addressesOf(versionOf(family))
    this.#agent = new Agent()
  }

  /** Builds the network. Everything is gone when `close` is called, or when this process ends. */
  static async open(family: Family): Promise<Kernel> {
    const kernel = new Kernel(family)
    try {
      await build(kernel.#agent, kernel.addresses.version)
      await kernel.#agent.must('H', ['nft', '-f', '-'], WITNESS)
      await kernel.#agent.flushConntrack('H')
      // A packet whose source the kernel fills in has a checksum without it, and would be INVALID where it comes back by lo.
      await kernel.#agent.write('H', [[sysctlPath('net.netfilter.nf_conntrack_checksum'), '0']])
      for (const ns of NAMESPACES) await settled(() => kernel.#agent.must(ns, ['ip', '-j', 'link']))
      kernel.#static = await staticFiles(kernel.#agent, kernel.addresses.version)
    } catch (error) {
      await kernel.close()
      throw error
    }
    return kernel
  }

  close(): Promise<void> {
    return this.#agent.close()
  }

  /** Loads a scenario, sends its packets in one volley, and reads what the kernel did. */
  async verify(scenario: Scenario, { quiet = 6, counting = false }: VerifyOptions = {}): Promise<Verified | Refused> {
    await this.#reset()
    const refused = (await this.#loadSets(scenario)) ?? (await this.#loadRules(scenario)) ?? (await this.#loadRouting(scenario))
    if (refused) return refused
    const collected = await bundleOf(this.#agent, scenario.family, this.addresses.version, this.#static)
    const loaded = await this.#loaded(scenario, collected)
    await this.#agent.flushConntrack('H')
    const opened = await this.#open(scenario, loaded, quiet)
    const bundle = scenario.openers.length ? new Map([...collected, ['hosts/H/conntrack.txt', await this.#conntrack()]]) : collected
    const packets = resolveAll(scenario.packets, opened, (packet) => hostSendsThis(scenario, packet))
    const before = counting ? await this.#counters() : ''
    const volley = await this.#agent.send(packets.map(shot), quiet)
    const truths = packets.map((packet, i) => truthOf(this.addresses, loaded, packet, volley, volley.errors[i] ?? 0))
    const counters = counting ? { before, after: await this.#counters() } : undefined
    return { bundle, packets, truths, volley, loaded, counters }
  }

  /** Sends what comes before, one after the other, each with what became of the one that it answers. */
  async #open(scenario: Scenario, loaded: Loaded, quiet: number): Promise<readonly Opened[]> {
    const opened: Opened[] = []
    for (const [packet] of scenario.openers.map((spec) => resolveAll([spec], opened, (packet) => hostSendsThis(scenario, packet)))) {
      if (!packet) continue
      const volley = await this.#agent.send([shot(packet)], quiet)
      opened.push({ packet, truth: truthOf(this.addresses, loaded, packet, volley, volley.errors[0] ?? 0) })
    }
    return opened
  }

  #conntrack(): Promise<string> {
    return this.#agent.must('H', ['conntrack', '-L', '-f', this.addresses.version === 4 ? 'ipv4' : 'ipv6'])
  }

  #counters(): Promise<string> {
    return this.#agent.must('H', [`${iptablesOf(this.family)}-save`, '-c'])
  }

  async #loaded(scenario: Scenario, bundle: Bundle): Promise<Loaded> {
    if (isLegacy(this.family)) return loadedFrom(bundle, scenario, [])
    /** Native tables of family inet show under every family; NFPROTO_UNSPEC lists all. */
    return loadedFrom(bundle, scenario, await this.#agent.rules('H', 0))
  }

  async #reset(): Promise<void> {
    const ip = `-${this.addresses.version}`
    if (isLegacy(this.family)) await this.#agent.must('H', [`${this.family}-restore`], restoreText(TABLES.map(emptyTable)))
    else await this.#agent.must('H', ['nft', '-f', '-'], `flush ruleset\n${WITNESS}`)
    await this.#destroySets()
    await this.#agent.run('H', ['ip', ip, 'rule', 'flush'])
    const again = ['rule add pref 32766 lookup main', ...(this.addresses.version === 4 ? ['rule add pref 32767 lookup default'] : [])]
    const undo = [...again, ...EXTRA_TABLES.map((t) => `route flush table ${t}`), ...this.#undoRoutes]
    await this.#agent.run('H', ['ip', ip, '-force', '-batch', '-'], `${undo.join('\n')}\n`)
    this.#undoRoutes = []
    await this.#ports([], [])
  }

  /** Lists hold their members until they are flushed. nf_tables lets go of a set some time after the rule: rules are destroyed by a worker. */
  async #destroySets(): Promise<void> {
    await this.#agent.run('H', ['ipset', 'flush'])
    for (let attempt = 0; attempt < 50; attempt++) {
      if ((await this.#agent.run('H', ['ipset', 'destroy'])).code === 0) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('lab: ipset destroy: sets stay in use')
  }

  async #loadSets(scenario: Scenario): Promise<Refused | undefined> {
    const text = ipsetText(scenario.sets)
    return text === '' ? undefined : refusal('sets', text, await this.#agent.run('H', ['ipset', 'restore'], text))
  }

  async #loadRules(scenario: Scenario): Promise<Refused | undefined> {
    const tool = iptablesOf(this.family)
    const text = restoreText(scenario.tables)
    const refused = tool && text ? refusal('rules', text, await this.#agent.run('H', [`${tool}-restore`], text)) : undefined
    if (refused) return refused
    const native = nftText(scenario.native)
    return native ? refusal('native', native, await this.#agent.run('H', ['nft', '-f', '-'], native)) : undefined
  }

  async #loadRouting(scenario: Scenario): Promise<Refused | undefined> {
    const text = routingLines(scenario)
      .map((line) => `${line}\n`)
      .join('')
    this.#undoRoutes = [
      ...scenario.routes.filter((r) => !r.includes(' table ')).map((r) => `route del ${r.replace(/^add /, '')}`),
      ...mainRoutes(this.addresses).map((r) => `route replace ${r}`),
      ...neighbours(this.addresses).map((n) => `neigh replace ${n}`),
    ]
    if (scenario.hairpin.length + scenario.isolated.length) await this.#ports(scenario.hairpin, scenario.isolated)
    await this.#agent.write('H', sysctlWrites(this.addresses.version, scenario.sysctls))
    return text === ''
      ? undefined
      : refusal('routing', text, await this.#agent.run('H', ['ip', `-${this.addresses.version}`, '-batch', '-'], text))
  }

  async #ports(hairpin: readonly string[], isolated: readonly string[]): Promise<void> {
    const switched = (list: readonly string[], port: string): string => (list.includes(port) ? 'on' : 'off')
    const lines = Object.values(PORTS).map(
      ({ port }) => `link set dev ${port} hairpin ${switched(hairpin, port)} isolated ${switched(isolated, port)}\n`,
    )
    await this.#agent.must('H', ['bridge', '-batch', '-'], lines.join(''))
  }
}

function refusal(part: Refused['part'], text: string, ran: Ran): Refused | undefined {
  if (ran.code === 0) return undefined
  const number = /line:? (\d+)|stdin:(\d+):|-:(\d+)/.exec(ran.err)
  const line = number ? Number(number[1] ?? number[2] ?? number[3]) : undefined
  return { kind: 'refused', part, line, text: `${ran.err.trim()}${line === undefined ? '' : `\n${text.split('\n')[line - 1]}`}` }
}

const EXTRA_TABLES = [52, 100, 101] as const

const emptyTable = (name: string): Table => ({
  name,
  objects: [],
  chains: (BUILT_IN[name] ?? []).map((c) => ({ name: c, base: 'ACCEPT', rules: [] })),
})
