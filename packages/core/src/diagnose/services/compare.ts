import type { Engine } from '../../datapath/engine.ts'
import type { TraceRequest } from '../../datapath/trace.ts'
import type { Cluster } from '../../model/kubernetes/cluster.ts'
import { intendedBackends, type ServiceClient } from '../../model/kubernetes/intended.ts'
import { hostOfNode } from '../../model/kubernetes/node-host.ts'
import { entriesOf, foreignProxy, type ServiceEntry } from '../../model/kubernetes/service-address.ts'
import type { Namespace } from '../../model/namespace.ts'
import { type Address, familyOf, formatAddress } from '../../net/address.ts'
import { rangeOf } from '../../net/prefix.ts'
import type { Node } from '../../parse/kubernetes/node.ts'
import type { Service } from '../../parse/kubernetes/service.ts'
import type { Checked, Finding } from '../finding.ts'
import { judge } from './judge.ts'
import { proxyOf } from './proxy.ts'
import { translationsOf } from './translation.ts'

/** A host that ought to serve Services. */
interface ServingNode {
  readonly host: Namespace
  readonly node: Node | undefined
}

/** Asks each captured node's rules for every way into every Service, and holds the answers against what the API says. */
export function compareServices(engine: Engine, cluster: Cluster): Checked {
  const findings: Finding[] = []
  const skipped: { what: string; missing: string }[] = []
  let compared = 0
  for (const { host, node } of servingNodes(engine, cluster)) {
    const proxy = proxyOf(host)
    if (proxy.kind !== 'rules') {
      skipped.push({ what: `Services on host ${host.host}`, missing: proxy.why })
      continue
    }
    for (const service of cluster.services) {
      if (foreignProxy(service) !== undefined) continue
      for (const entry of entriesOf(service, node)) {
        for (const { client, request } of clientsFor(engine, cluster, service, entry, { host, node })) {
          const intended = intendedBackends(cluster, service, entry, node, client)
          const answer = judge({ host, service, entry, client, intended, actual: translationsOf(engine, request) })
          if (answer.kind === 'skipped') skipped.push({ what: answer.what, missing: answer.missing })
          else {
            compared++
            findings.push(...answer.findings)
          }
        }
      }
    }
  }
  return { findings: once(findings), compared, skipped: once(skipped) }
}

/** Nodes of the API that were captured; without Node objects, every host on which a proxy's rules stand. */
function servingNodes(engine: Engine, cluster: Cluster): readonly ServingNode[] {
  const known = cluster.nodes.flatMap((node) => {
    const host = hostOfNode(engine.model, node)
    return host ? [{ host, node }] : []
  })
  if (cluster.nodes.length > 0) return known
  return [...engine.model.hosts.values()].filter((host) => proxyOf(host).kind === 'rules').map((host) => ({ host, node: undefined }))
}

interface Asking {
  readonly client: ServiceClient
  readonly request: TraceRequest
}

/** The node itself and a pod of it ask a cluster IP; somebody outside asks the rest. */
function clientsFor(
  engine: Engine,
  cluster: Cluster,
  service: Service,
  entry: ServiceEntry,
  { host, node }: ServingNode,
): readonly Asking[] {
  const to = placeText(entry)
  if (entry.kind !== 'cluster-ip') {
    const src = outsiderFor(service, entry)
    const client: ServiceClient = { kind: 'outside', address: src }
    return [{ client, request: { from: 'outside', host: host.host, src: formatAddress(src), to } }]
  }
  const asking: Asking[] = [{ client: { kind: 'node', address: undefined }, request: { from: `host/${host.host}`, to } }]
  const pod = podOn(engine, cluster, host, node, entry)
  if (pod) asking.push({ client: { kind: 'pod', address: pod.address }, request: { ...pod.from, to } })
  return asking
}

const placeText = ({ address, port, servicePort }: ServiceEntry): string =>
  `${typeof address === 'bigint' ? `[${formatAddress(address)}]` : formatAddress(address)}:${port}/${servicePort.protocol}`

/** An address that no host has, in one of the Service's source ranges where it has any. */
function outsiderFor(service: Service, entry: ServiceEntry): Address {
  const family = familyOf(entry.address)
  const range =
    entry.kind === 'load-balancer' ? service.loadBalancerSourceRanges.find((one) => familyOf(one.address) === family) : undefined
  if (range && range.length > 0) {
    const { first, last } = rangeOf(range)
    return first === last ? first : typeof first === 'number' ? first + 1 : first + 1n
  }
  return family === 'ip' ? 0xc6336407 : 0x20010db8000000000000000000000007n
}

interface AskingPod {
  readonly address: Address
  readonly from: Pick<TraceRequest, 'from' | 'host'>
}

/** A pod that was captured, else one that is known by its address alone: its packets come in by the device that leads to it. */
function podOn(engine: Engine, cluster: Cluster, host: Namespace, node: Node | undefined, entry: ServiceEntry): AskingPod | undefined {
  const family = familyOf(entry.address)
  let unseen: AskingPod | undefined
  for (const pod of cluster.pods) {
    if (pod.hostNetwork) continue
    for (const address of pod.addresses.filter((one) => familyOf(one) === family)) {
      const owners = engine.model.owners.get(address) ?? []
      const owner = owners.find(({ namespace }) => namespace.name !== '' && namespace.host === host.host)
      if (owner) return { address, from: { from: `netns/${owner.namespace.host}/${owner.namespace.name}` } }
      if (owners.length === 0 && node !== undefined && pod.node === node.name && pod.phase === 'Running')
        unseen ??= { address, from: { from: formatAddress(address), host: host.host } }
    }
  }
  return unseen
}

const once = <T extends { readonly text?: string; readonly what?: string }>(items: readonly T[]): readonly T[] => [
  ...new Map(items.map((item) => [JSON.stringify([item.text, item.what]), item])).values(),
]
