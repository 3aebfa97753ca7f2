import type { Namespace } from '../../../model/namespace.ts'
import { contains, network } from '../../../net/prefix.ts'
import type { IptablesRuleset, Table } from '../../../netfilter/iptables/ast.ts'
import type { Blame } from '../../blame.ts'
import type { Because, Cause, Suspect } from '../cause.ts'
import { accuse } from '../suspect.ts'

/** Docker's rules are gone while its bridges are still there: a firewall was restarted or flushed after it. */
export const FLUSHED: Cause = {
  id: 'nat.rules-flushed',
  suspects: (scene) =>
    [...scene.model.hosts.values()].flatMap((host) => {
      const gone = lostRules(host)
      return gone ? scene.blames.filter((blame) => isHit(host, blame)).map((blame) => suspect(host, blame, gone)) : []
    }),
}

interface Lost {
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
  const ruleset = host.iptables.find(({ family, complete }) => family === 'ip' && complete)
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
    rulesOf(nat).some((rule) => rule.chain === 'DOCKER' || (rule.target?.kind === 'MASQUERADE' && rule.text.includes(`! -o ${bridge} `)))
  )
}

const rulesOf = (table: Table) => [...table.chains.values()].flatMap(({ rules }) => rules)

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

function suspect(host: Namespace, blame: Blame, { because, sure }: Lost): Suspect {
  return accuse('nat.rules-flushed', blame, {
    where: { host: host.host, object: "Docker's rules in table nat" },
    because,
    likelihood: sure ? 0.95 : 0.7,
  })
}
