import type { Address } from '../../../net/address.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Rule } from '../../../netfilter/iptables/ast.ts'
import type { Service } from '../../../parse/kubernetes/service.ts'
import type { Blame } from '../../blame.ts'
import { ownerOf, type Scene } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'
import { clusterOf, endpointsOf } from '../cluster.ts'
import type { CauseId } from '../ids.ts'
import { accuse } from '../suspect.ts'
import { translationsOf } from './translation.ts'

/** A cluster address that no rule translated: the Service has no such port, or its proxy has not made the rules. */
export const SERVICES: Family = {
  finds: ['service.port', 'service.proxy-stale', 'service.traffic-policy'],
  suspects: (scene) => [...scene.blames, ...scene.doubts].flatMap((blame) => untranslated(scene, blame)),
}

function untranslated(scene: Scene, blame: Blame): readonly Suspect[] {
  const { sent } = blame.outcome
  if (!sent || translationsOf(blame.outcome.steps).length > 0) return []
  // Somebody answers: it was translated, and by what the evidence does not hold.
  if (blame.symptom.result === 'wrong-server') return []
  // kube-proxy's own rules refuse it: they are there.
  if (blame.kind === 'stopped' && blame.step && ownerOf(scene, blame.step) === 'kube-proxy') return []
  const service = scene.objects.services.find(({ clusterAddresses }) => clusterAddresses.includes(sent.dst))
  if (service) return [ofService(scene, blame, service)]
  const local = withoutLocalEndpoint(scene, blame)
  if (local) return [local]
  const rules = rulesFor(scene, sent.dst)
  const [first] = rules
  if (!first) return []
  const others = [...new Set(rules.map(({ rule }) => portOf(rule)).filter((port) => port !== undefined))]
  if (others.includes(sent.dport)) return []
  return [
    accuse('service.port', blame, {
      where: { host: blame.part.at.host, object: `Service address ${formatAddress(sent.dst)}`, source: first.source },
      because: [
        {
          text: `kube-proxy has rules for port ${others.join(', ')} of ${formatAddress(sent.dst)}, and none for ${sent.dport}: ${first.rule.text}`,
          source: first.source,
        },
      ],
      likelihood: 0.93,
    }),
  ]
}

function ofService(scene: Scene, blame: Blame, service: Service): Suspect {
  const port = blame.outcome.sent?.dport ?? 0
  const name = `Service ${service.namespace}/${service.name}`
  const where = { host: blame.part.at.host, object: name, source: service.source }
  if (service.ports.length > 0 && !service.ports.some((known) => known.port === port)) {
    const because: Because[] = [
      { text: `${name} has port ${service.ports.map((known) => known.port).join(', ')}, and not ${port}`, source: service.source },
    ]
    return accuse('service.port', blame, { where, because, likelihood: 0.95 })
  }
  const id: CauseId = 'service.proxy-stale'
  const because: Because[] = [
    { text: `${name} has port ${port}, and no rule of ${blame.part.at.host} translates it`, source: service.source },
  ]
  return accuse(id, blame, { where, because, likelihood: hasRulesets(scene, blame) ? 0.92 : 0.4 })
}

/** A node port that this node does not serve: the Service's policy is Local, and its endpoints are on other nodes. */
function withoutLocalEndpoint(scene: Scene, blame: Blame): Suspect | undefined {
  const { sent, at } = blame.outcome
  const host = scene.model.hosts.get(at.host)
  if (!sent || at.netns !== '' || !host?.owned.has(sent.dst)) return undefined
  const cluster = clusterOf(scene)
  for (const service of cluster.services) {
    const port = service.ports.find(({ nodePort }) => nodePort === sent.dport)
    if (!port || service.externalTrafficPolicy !== 'Local') continue
    const found = endpointsOf(cluster, service, port)
    const ready = found?.backends.filter((backend) => backend.ready) ?? []
    if (
      ready.length === 0 ||
      ready.some(
        ({ node, address }) => node === at.host || scene.model.owners.get(address)?.some(({ namespace }) => namespace.host === at.host),
      )
    )
      continue
    return accuse('service.traffic-policy', blame, {
      where: { host: at.host, object: `Service ${service.namespace}/${service.name}`, source: service.source },
      because: [
        {
          text: `externalTrafficPolicy of Service ${service.namespace}/${service.name} is Local, and no endpoint of it is on ${at.host}`,
          source: service.source,
        },
        ...ready
          .slice(0, 2)
          .map(({ address, node, source }) => ({ text: `${formatAddress(address)} is on ${node ?? 'another node'}`, source })),
      ],
      likelihood: 0.94,
    })
  }
  return undefined
}

/** Without a ruleset it is no wonder that nothing translates. */
const hasRulesets = ({ model }: Scene, { part }: Blame): boolean => {
  const host = model.hosts.get(part.at.host)
  return host !== undefined && (host.iptables.length > 0 || host.nft.length > 0)
}

interface Found {
  readonly rule: Rule
  readonly source: { readonly file: string; readonly line: number }
}

const portals = new WeakMap<Scene['model'], ReadonlyMap<string, readonly Found[]>>()

/** kube-proxy's rules for an address, on every host. */
function rulesFor({ model }: Scene, address: Address): readonly Found[] {
  const byAddress = portals.get(model) ?? portalsOf(model)
  portals.set(model, byAddress)
  return byAddress.get(formatAddress(address)) ?? []
}

/** Looked through once: hosts of a cluster have the same thousands of rules. */
function portalsOf(model: Scene['model']): ReadonlyMap<string, readonly Found[]> {
  const byAddress = new Map<string, Found[]>()
  for (const { iptables } of model.hosts.values())
    for (const { tables, file } of iptables)
      for (const rule of tables.find(({ name }) => name === 'nat')?.chains.get('KUBE-SERVICES')?.rules ?? []) {
        const address = / -d ([^/ ]+)\//.exec(rule.text)?.[1]
        if (address === undefined) continue
        const found = { rule, source: { file, line: rule.line } }
        const list = byAddress.get(address)
        if (list) list.push(found)
        else byAddress.set(address, [found])
      }
  return byAddress
}

const portOf = ({ text }: Rule): number | undefined => {
  const found = /--dport (\d+)/.exec(text)
  return found ? Number(found[1]) : undefined
}
