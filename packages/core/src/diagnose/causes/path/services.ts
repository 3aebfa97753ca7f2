import type { Address } from '../../../net/address.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Rule } from '../../../netfilter/iptables/ast.ts'
import type { Service } from '../../../parse/kubernetes/service.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'
import type { CauseId } from '../ids.ts'
import { accuse } from '../suspect.ts'
import { translationsOf } from './translation.ts'

/** A cluster address that no rule translated: the Service has no such port, or its proxy has not made the rules. */
export const SERVICES: Family = {
  finds: ['service.port', 'service.proxy-stale'],
  suspects: (scene) => [...scene.blames, ...scene.doubts].flatMap((blame) => untranslated(scene, blame)),
}

function untranslated(scene: Scene, blame: Blame): readonly Suspect[] {
  const { sent } = blame.outcome
  if (!sent || translationsOf(blame.outcome.steps).length > 0) return []
  const service = scene.objects.services.find(({ clusterAddresses }) => clusterAddresses.includes(sent.dst))
  if (service) return [ofService(scene, blame, service)]
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

/** Without a ruleset it is no wonder that nothing translates. */
const hasRulesets = ({ model }: Scene, { part }: Blame): boolean => {
  const host = model.hosts.get(part.at.host)
  return host !== undefined && (host.iptables.length > 0 || host.nft.length > 0)
}

interface Found {
  readonly rule: Rule
  readonly source: { readonly file: string; readonly line: number }
}

function rulesFor({ model }: Scene, address: Address): readonly Found[] {
  const text = `-d ${formatAddress(address)}/`
  return [...model.hosts.values()].flatMap(({ iptables }) =>
    iptables.flatMap(({ tables, file }) =>
      tables
        .filter(({ name }) => name === 'nat')
        .flatMap(({ chains }) => chains.get('KUBE-SERVICES')?.rules ?? [])
        .filter((rule) => rule.text.includes(text))
        .map((rule) => ({ rule, source: { file, line: rule.line } })),
    ),
  )
}

const portOf = ({ text }: Rule): number | undefined => {
  const found = /--dport (\d+)/.exec(text)
  return found ? Number(found[1]) : undefined
}
