import type { Model } from '../../model/model.ts'
import type { Objects } from '../../model/objects.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import type { IptablesRuleset, Rule } from '../../netfilter/iptables/ast.ts'
import type { NftRuleset } from '../../netfilter/nft/ast.ts'
import { printExpression } from '../../netfilter/nft/expressions/dispatch.ts'

/** A port of a Service, at one of its addresses. */
export interface ServicePlace {
  readonly name: string
  readonly address: Address
  readonly port: number
  readonly protocol: string
}

/** A port of the hosts themselves behind which something else answers: a node port, a published port. */
export interface NodePort {
  readonly port: number
  readonly protocol: string
  /** undefined: on every host. */
  readonly host: string | undefined
  /** undefined: at the host's own addresses. */
  readonly address: Address | undefined
}

export interface KnownServices {
  readonly services: readonly ServicePlace[]
  /** Addresses of Services that are meant for callers from outside. */
  readonly external: readonly ServicePlace[]
  readonly nodePorts: readonly NodePort[]
}

/** Services as the API's objects tell them; without these, as kube-proxy's rules on the captured hosts do. Ports that Docker published. */
export function knownServices(model: Model, objects: Objects): KnownServices {
  const known = objects.services.length ? fromObjects(objects) : fromRules(model)
  const published = objects.containers.flatMap(({ container, host }) =>
    container.ports.map(
      (binding): NodePort => ({
        port: binding.hostPort,
        protocol: binding.protocol,
        host,
        address: binding.hostAddress === 0 || binding.hostAddress === 0n ? undefined : binding.hostAddress,
      }),
    ),
  )
  return { ...known, nodePorts: unique([...known.nodePorts, ...published], (at) => `${at.host} ${at.address} ${at.port} ${at.protocol}`) }
}

function fromObjects({ services }: Objects): KnownServices {
  const at = (name: string, addresses: readonly Address[], port: { readonly port: number; readonly protocol: string }) =>
    addresses.map((address): ServicePlace => ({ name, address, port: port.port, protocol: port.protocol.toLowerCase() }))
  const each = services.flatMap((service) => service.ports.map((port) => ({ service, port, name: `${service.namespace}/${service.name}` })))
  return {
    services: each.flatMap(({ service, port, name }) => at(name, service.clusterAddresses, port)),
    external: each.flatMap(({ service, port, name }) => at(name, [...service.externalAddresses, ...service.loadBalancerAddresses], port)),
    nodePorts: each.flatMap(({ port }) =>
      port.nodePort === undefined
        ? []
        : [{ port: port.nodePort, protocol: port.protocol.toLowerCase(), host: undefined, address: undefined }],
    ),
  }
}

function fromRules(model: Model): KnownServices {
  const services: ServicePlace[] = []
  const nodePorts: NodePort[] = []
  // Hosts whose rules are alike share them: the same list need be read once.
  const seen = new Set<readonly Rule[]>()
  for (const { iptables, nft } of model.hosts.values()) {
    for (const ruleset of iptables) inIptables(ruleset, services, nodePorts, seen)
    for (const ruleset of nft) inNft(ruleset, services, nodePorts)
  }
  const bySocket = (at: { readonly address: Address | undefined; readonly port: number; readonly protocol: string }) =>
    `${at.address} ${at.port} ${at.protocol}`
  return { services: unique(services, bySocket), external: [], nodePorts: unique(nodePorts, bySocket) }
}

/** `-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j …` */
const PORTAL =
  /^-A KUBE-SERVICES -d ([\da-f.:]+)\/(?:32|128) -p (tcp|udp|sctp) -m comment --comment "?([\w.-]+\/[\w.-]+?)(?::[\w.-]+)? (?:cluster IP|has no endpoints)"?.* --dport (\d+)/
const NODE_PORT = /^-A KUBE-NODEPORTS -p (tcp|udp|sctp) .*--dport (\d+)/

function inIptables(ruleset: IptablesRuleset, services: ServicePlace[], nodePorts: NodePort[], seen: Set<readonly Rule[]>): void {
  for (const table of ruleset.tables) {
    const portals = table.chains.get('KUBE-SERVICES')?.rules ?? []
    if (seen.has(portals)) continue
    seen.add(portals)
    for (const rule of portals) {
      const [, text = '', protocol = '', name = '', port = ''] = PORTAL.exec(rule.text) ?? []
      const address = parseAddress(text)
      if (address !== undefined) services.push({ name, address, port: Number(port), protocol })
    }
    if (table.name !== 'nat') continue
    for (const rule of table.chains.get('KUBE-NODEPORTS')?.rules ?? []) {
      const [, protocol, port] = NODE_PORT.exec(rule.text) ?? []
      if (protocol !== undefined) nodePorts.push({ port: Number(port), protocol, host: undefined, address: undefined })
    }
  }
}

/** Elements of kube-proxy's maps: `10.96.0.10 . tcp . 80 : goto service-SUSTUHLJ-default/web/tcp/http`. */
function inNft(ruleset: NftRuleset, services: ServicePlace[], nodePorts: NodePort[]): void {
  for (const table of ruleset.tables) {
    if (table.name !== 'kube-proxy') continue
    for (const set of table.sets) {
      for (const element of set.elements) {
        const key = printExpression(element.key).split(' . ')
        const chain = element.data?.kind === 'verdict' ? element.data.chain : undefined
        const name = nameIn(element.comment ?? chain ?? '')
        if (set.name === 'service-ips' || set.name === 'no-endpoint-services') {
          const address = parseAddress(key[0] ?? '')
          if (address !== undefined && name) services.push({ name, address, protocol: key[1] ?? 'tcp', port: Number(key[2]) })
        } else if (set.name === 'service-nodeports')
          nodePorts.push({ protocol: key[0] ?? 'tcp', port: Number(key[1]), host: undefined, address: undefined })
      }
    }
  }
}

const nameIn = (text: string): string | undefined =>
  /(?:^|-|")([a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9.-]*?)(?:[/:]|$)/.exec(text.replace(/^.*?-[A-Z0-9]{8}-/, ''))?.[1]

function unique<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}
