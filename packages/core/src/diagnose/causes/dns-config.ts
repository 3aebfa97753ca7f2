import type { Document } from '../../intake/document.ts'
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { isLoopback } from '../../net/special.ts'
import type { Resolver } from '../../parse/names/resolv-conf.ts'
import type { Scene } from '../scene.ts'
import { type Aim, aimsOf } from './aim.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { serviceName } from './cluster.ts'
import { asksDns, corefilesOf, dnsServices, NODE_LOCAL } from './dns-service.ts'
import { podStates } from './pod-states.ts'
import { relevance } from './relevance.ts'
import { suspected, told } from './state.ts'

/** Docker's embedded DNS in containers of user-defined networks. */
const DOCKER_DNS = parseAddress('127.0.0.11')

/** resolv.conf, the Corefile or the cluster domain is wrong. */
export const dnsConfig: Cause = {
  id: 'dns.config',
  suspects: (scene) => [...scene.documents.flatMap((document) => resolverSuspects(scene, document)), ...corefileSuspects(scene)],
}

const aboutNames = (aim: Aim): boolean => aim.symptom.result === 'no-name' || asksDns(aim)

interface Found {
  readonly because: readonly Because[]
  readonly likelihood: number
}

/** The resolv.conf of a pod or container; the host's own matters to CoreDNS only. */
function resolverSuspects(scene: Scene, { content, place, file }: Document): readonly Suspect[] {
  if (content.kind !== 'resolv.conf' || place.netns === '') return []
  return content.resolvers.flatMap((resolver) => {
    const found = wrongServers(scene, resolver, file) ?? wrongDomain(scene, resolver)
    if (!found) return []
    const where = { host: place.host ?? '', netns: place.netns, object: `/etc/resolv.conf of ${place.netns}`, source: resolver.source }
    const own = (aim: Aim): boolean => aboutNames(aim) && (aim.from.endsWith(`/${place.netns}`) || aim.from === 'outside')
    return [suspected('dns.config', relevance(scene, own), { where, ...found })]
  })
}

function wrongServers(scene: Scene, { nameservers }: Resolver, file: string): Found | undefined {
  if (nameservers.length === 0) return { because: [told('resolv.conf names no nameserver', { file, line: 1 })], likelihood: 0.8 }
  const loop = nameservers.filter(({ address }) => isLoopback(address) && address !== DOCKER_DNS)
  if (loop.length === nameservers.length)
    return {
      because: loop.map(({ address, source }) =>
        told(`the only nameserver is ${formatAddress(address)}, which in its own network namespace is nobody`, source),
      ),
      likelihood: 0.85,
    }
  const services = dnsServices(scene)
  const right = services.flatMap(({ clusterAddresses }) => clusterAddresses)
  if (right.length === 0 || nameservers.some(({ address }) => right.includes(address) || address === NODE_LOCAL)) return undefined
  // dnsPolicy Default copies the node's resolvers: those answer for names outside of the cluster.
  const inService = nameservers.filter(({ address }) => looksLikeService(scene, address))
  return {
    because: [
      ...nameservers.map(({ address, source }) => told(`the nameserver is ${formatAddress(address)}`, source)),
      ...services.map((service) =>
        told(`${serviceName(service)} has ${service.clusterAddresses.map(formatAddress).join(', ')}`, service.source),
      ),
    ],
    likelihood: inService.length > 0 ? 0.85 : 0.5,
  }
}

/** An address of the Services' range that no Service has: a cluster DNS of former times. */
function looksLikeService(scene: Scene, address: Address): boolean {
  if (typeof address !== 'number') return false
  return scene.objects.services.some(({ clusterAddresses }) =>
    clusterAddresses.some((one) => typeof one === 'number' && one >>> 16 === address >>> 16),
  )
}

/** `search default.svc.cluster.local` against the zone of the Corefile's kubernetes plugin. */
function wrongDomain(scene: Scene, { search, source }: Resolver): Found | undefined {
  const own = search.map((name) => /^(?:[\w-]+\.)?svc\.(.+)$/.exec(name)?.[1]).find((domain) => domain !== undefined)
  const served = corefilesOf(scene).flatMap(({ text, source: at }) => zonesOf(text).map((zone) => ({ zone, at })))
  if (own === undefined || served.length === 0 || served.some(({ zone }) => zone === own || zone === '.')) return undefined
  return {
    because: [
      told(`resolv.conf searches svc.${own}`, source),
      ...served.filter(({ zone }) => !zone.endsWith('.arpa')).map(({ zone, at }) => told(`CoreDNS serves the domain ${zone}`, at)),
    ],
    likelihood: 0.85,
  }
}

/** Zones of `kubernetes cluster.local in-addr.arpa ip6.arpa {`; without any it serves the server block's own. */
function zonesOf(corefile: string): readonly string[] {
  return corefile.split('\n').flatMap((line) => {
    const found = /^\s*kubernetes\s+([^{]{1,500})/.exec(line)?.[1]
    return found?.trim()
      ? found
          .trim()
          .split(/\s+/)
          .map((zone) => zone.replace(/\.$/, '').toLowerCase() || '.')
      : []
  })
}

function corefileSuspects(scene: Scene): readonly Suspect[] {
  return corefilesOf(scene).flatMap(({ text, name, source }) => {
    const found = forwardsToItself(scene, text, source) ?? forwardsNowhere(scene, text, source)
    return found
      ? [
          suspected('dns.config', relevance(scene, aboutNames), {
            where: { host: '', object: `Corefile of ConfigMap ${name}`, source },
            ...found,
          }),
        ]
      : []
  })
}

type At = ReturnType<typeof corefilesOf>[number]['source']

/** `forward . TO…` (before 1.5 `proxy`). */
const upstreams = (corefile: string): readonly string[] =>
  corefile.split('\n').flatMap((line) => /^\s*(?:forward|proxy)\s+\S+\s+([^{]{1,500})/.exec(line)?.[1]?.trim().split(/\s+/) ?? [])

function forwardsToItself(scene: Scene, corefile: string, at: At): Found | undefined {
  const own = dnsServices(scene).flatMap(({ clusterAddresses }) => clusterAddresses)
  const direct = upstreams(corefile).filter((one) => {
    const address = parseAddress(one.replace(/^dns:\/\//, '').replace(/:\d+$/, ''))
    return address !== undefined && (own.includes(address) || isLoopback(address))
  })
  if (direct.length > 0) return { because: [told(`CoreDNS forwards to ${direct.join(', ')}, and so to itself`, at)], likelihood: 0.9 }
  if (!upstreams(corefile).includes('/etc/resolv.conf')) return undefined
  const nodes = scene.documents.flatMap(({ content, place, file }) =>
    content.kind === 'resolv.conf' && place.netns === '' && !file.includes('run/systemd/resolve') ? content.resolvers : [],
  )
  const loops = nodes.filter(({ nameservers }) => nameservers.length > 0 && nameservers.every(({ address }) => isLoopback(address)))
  const [first] = loops
  if (!first) return undefined
  return {
    because: [
      told('CoreDNS forwards to the resolvers of its node’s resolv.conf', at),
      told(
        `that names ${first.nameservers.map(({ address }) => formatAddress(address)).join(', ')}, which inside of the pod is CoreDNS itself`,
        first.nameservers[0]?.source,
      ),
    ],
    // kubeadm tells kubelet to use systemd-resolved's other file, and then all is well.
    likelihood: dnsPodsFail(scene) ? 0.8 : aimsOf(scene).some(aboutNames) ? 0.6 : 0.3,
  }
}

const dnsPodsFail = (scene: Scene): boolean =>
  podStates(scene).some(({ pod }) => pod.namespace === 'kube-system' && /^(?:coredns|kube-dns)-/.test(pod.name) && pod.ready === false)

function forwardsNowhere(scene: Scene, corefile: string, at: At): Found | undefined {
  if (upstreams(corefile).length > 0 || !/^\s*kubernetes\b/m.test(corefile)) return undefined
  const outside = aimsOf(scene).some(
    ({ symptom, name }) => symptom.result === 'no-name' && name !== undefined && !/\.(?:svc|local)(?:\.|$)/.test(name),
  )
  return {
    because: [told('the Corefile forwards to no resolver: names outside of the cluster are not answered', at)],
    likelihood: outside ? 0.8 : 0.3,
  }
}
