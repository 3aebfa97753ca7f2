import type { Namespace } from '../../../model/namespace.ts'
import { contains, network } from '../../../net/prefix.ts'
import type { IptablesRuleset, Rule, Table } from '../../../netfilter/iptables/ast.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'
import { accuse } from '../suspect.ts'
import { translationsOf } from './translation.ts'

/** Docker's rules are gone while its bridges are still there: a firewall was restarted or flushed after it. */
export const FLUSHED: Family = {
  finds: ['nat.rules-flushed', 'service.proxy-stale'],
  suspects: (scene) =>
    [...scene.model.hosts.values()].flatMap((host) => [
      ...ofOwner(scene, host, lostRules(host), "Docker's rules in table nat"),
      ...ofOwner(scene, host, lostKubeRules(host), 'the rules of kube-proxy and the CNI plugin in table nat'),
      ...[...scene.blames, ...scene.doubts].flatMap((blame) => withoutEntrance(host, blame)),
    ]),
}

function ofOwner(scene: Scene, host: Namespace, gone: Lost | undefined, object: string): readonly Suspect[] {
  const hit = gone?.hits ?? (() => false)
  return gone ? [...scene.blames, ...scene.doubts].filter((blame) => hit(blame)).map((blame) => suspect(host, blame, gone, object)) : []
}

interface Lost {
  /** Is that symptom one that these rules would have kept from being? */
  readonly hits: (blame: Blame) => boolean
  readonly because: readonly Because[]
  readonly sure: boolean
}

const isDockerBridge = (name: string): boolean => /^(docker0|br-[0-9a-f]{12})$/.test(name)

/** Bridges of Docker with something plugged in. */
function bridgesInUse(host: Namespace): readonly string[] {
  return [...host.links.values()]
    .filter(({ name }) => isDockerBridge(name) && (host.portsOf.get(name)?.length ?? 0) > 0)
    .map(({ name }) => name)
}

function lostRules(host: Namespace): Lost | undefined {
  const [bridge] = bridgesInUse(host)
  const ruleset = host.iptables.find(
    ({ family, complete, tables }) =>
      family === 'ip' && (complete || tables.some(({ name, chains }) => name === 'nat' && chains.has('POSTROUTING'))),
  )
  if (bridge === undefined || !ruleset) return undefined
  const others = host.iptables.filter((other) => other.family === 'ip')
  if (
    others.some((other) => hasNatOfDocker(other, bridge)) ||
    host.nft.some(({ tables }) => tables.some(({ name }) => name === 'docker-bridges'))
  )
    return undefined
  const source = host.links.get(bridge)?.source
  const remains = others.flatMap(({ tables, file }) =>
    tables.flatMap(({ chains }) =>
      [...chains.values()]
        .filter(({ name }) => /^DOCKER/.test(name))
        .map(({ name, line }) => ({ text: `chain ${name} is still there`, source: { file, line } })),
    ),
  )
  return {
    hits: (blame) => isHit(host, blame),
    sure: remains.length > 0,
    because: [
      { text: `${bridge} is a bridge of Docker with a container on it`, source },
      { text: `${ruleset.file} has none of the rules for it that Docker keeps in table nat`, source: { file: ruleset.file, line: 1 } },
      ...remains.slice(0, 2),
    ],
  }
}

/** Masquerading of a bridge's network, or a published port. */
function hasNatOfDocker({ tables }: IptablesRuleset, bridge: string): boolean {
  const nat = tables.find(({ name }) => name === 'nat')
  return (
    nat !== undefined &&
    ((nat.chains.get('DOCKER')?.rules.length ?? 0) > 0 ||
      someRule(nat, (rule) => rule.target?.kind === 'MASQUERADE' && rule.text.includes(`! -o ${bridge} `)))
  )
}

/** Stops at the first: a table may hold a hundred thousand. */
function someRule({ chains }: Table, holds: (rule: Rule) => boolean): boolean {
  for (const { rules } of chains.values()) if (rules.some(holds)) return true
  return false
}

/** A port of the host that nobody listens on, or a packet from or to a container. */
function isHit(host: Namespace, { kind, outcome, part }: Blame): boolean {
  if (kind === 'not-listening') return outcome.at.host === host.host && outcome.at.netns === '' && host.owned.has(outcome.packet.dst)
  const { src, dst } = outcome.packet
  return (
    part.steps.some((step) => step.host === host.host) &&
    host.addresses.some(
      ({ device, address, prefixLength }) =>
        isDockerBridge(device) && (contains(network(address, prefixLength), src) || contains(network(address, prefixLength), dst)),
    )
  )
}

/** kube-proxy's chains stand in table filter, and table nat holds none of its rules (nor any at all). */
function lostKubeRules(host: Namespace): Lost | undefined {
  const own = host.iptables.filter(({ family }) => family === 'ip')
  const filter = own.flatMap(({ tables, file, complete }) =>
    complete ? tables.filter(({ name }) => name === 'filter').map((table) => ({ table, file })) : [],
  )
  const chain = filter.flatMap(({ table, file }) => {
    const found = table.chains.get('KUBE-FORWARD')
    return found ? [{ file, line: found.line }] : []
  })[0]
  const hasNat = (): boolean => own.some(({ tables }) => tables.some((table) => table.name === 'nat' && someRule(table, () => true)))
  if (!chain || hasNat() || host.nft.some(({ tables }) => tables.some(({ name }) => name === 'kube-proxy'))) return undefined
  return {
    sure: true,
    because: [
      { text: "kube-proxy's chains are in table filter", source: chain },
      { text: 'and table nat holds no rule at all', source: { file: chain.file, line: 1 } },
    ],
    hits: ({ kind, outcome }) => kind !== 'stopped' && outcome.steps.some((step) => step.host === host.host),
  }
}

/** kube-proxy's chains of Services are there, and no packet comes to them: the jump to KUBE-SERVICES, or what stands in it, is gone. */
function withoutEntrance(host: Namespace, blame: Blame): readonly Suspect[] {
  const { outcome, kind } = blame
  const { sent } = outcome
  if (kind === 'stopped' || !sent || translationsOf(outcome.steps).length > 0 || !outcome.steps.some((step) => step.host === host.host))
    return []
  if (host.owned.has(sent.dst) && kind !== 'not-listening') return []
  const local = blame.symptom.request.from === `host/${host.host}`
  const entrance = local ? 'OUTPUT' : 'PREROUTING'
  return host.iptables.flatMap(({ family, tables, file, complete }) => {
    const nat = family === sent.family && complete ? tables.find(({ name }) => name === 'nat') : undefined
    const service = nat && [...nat.chains.values()].find(({ name, rules }) => /^KUBE-SVC-/.test(name) && rules.length > 0)
    if (!nat || !service) return []
    const jumps = nat.chains.get(entrance)?.rules.some(({ text }) => / -[jg] KUBE-SERVICES\b/.test(text)) ?? false
    const portal = nat.chains.get('KUBE-SERVICES')
    if (jumps && (portal?.rules.length ?? 0) > 0) return []
    const lost = jumps ? 'KUBE-SERVICES is empty' : `nothing in ${entrance} leads to KUBE-SERVICES`
    return [
      accuse('service.proxy-stale', blame, {
        where: {
          host: host.host,
          object: `chain ${jumps ? 'KUBE-SERVICES' : entrance} (table nat)`,
          source: { file, line: portal?.line ?? nat.line },
        },
        because: [
          { text: `kube-proxy's chains of single Services are there: ${service.name}`, source: { file, line: service.line } },
          { text: `and ${lost}: no packet comes to them`, source: { file, line: portal?.line ?? nat.line } },
        ],
        likelihood: 0.93,
      }),
    ]
  })
}

function suspect(host: Namespace, blame: Blame, { because, sure }: Lost, object: string): Suspect {
  return accuse('nat.rules-flushed', blame, {
    where: { host: host.host, object },
    because,
    likelihood: sure ? 0.95 : 0.7,
  })
}
