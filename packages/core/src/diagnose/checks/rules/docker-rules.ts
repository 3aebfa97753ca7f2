import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { formatPrefix, network } from '../../../net/prefix.ts'
import { because, type Check, type Examined, type Found, missing, seen, together } from '../check.ts'
import { containerBridges } from '../host/forwards.ts'
import { type CheckScene, capturedHosts, contentsOf, type HostView } from '../scene.ts'
import { chainNames, isWhole, rulesFile, rulesOf } from './chains.ts'

export const dockerRules: Check = {
  id: 'docker-rules',
  holds: 'Docker’s rules are there for every network and published port',
  why: 'a firewall that was restarted after Docker took its rules away: published ports and containers’ way out are dead until Docker restarts',
  evidence: ['hosts/HOST/iptables-save.txt', 'hosts/HOST/docker/network.json', 'hosts/HOST/docker/inspect.json'],
  causes: ['nat.rules-flushed'],
  runbook: 'restore-rules',
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap((host): readonly Examined[] => {
        const networks = contentsOf(host.documents, 'docker-network').flatMap(({ content }) => content.objects)
        const published = publishedOf(scene, host.name)
        if (networks.length === 0 && published.length === 0 && !host.root.links.has('docker0')) return []
        // Docker 29 can keep its rules in a native table, which its own loss takes away as a whole.
        if (host.root.nft.some(({ tables }) => tables.some(({ name }) => name === 'docker-bridges'))) return [seen()]
        if (!isWhole(host.root, 'nat') && !isWhole(host.root, 'filter')) return [missing(`${host.folder}/iptables-save.txt`)]
        return [
          seen(
            ...unmasqueraded(host.name, host.root, networks),
            ...(networks.length === 0 ? bridgesUnmasqueraded(host.name, host.root) : []),
            ...unpublished(host.name, host.root, published),
            notEntered(host, host.root),
          ),
        ]
      }),
    ),
}

const publishedOf = (scene: CheckScene, host: string) =>
  scene.objects.containers.filter(
    (known) => (known.host ?? host) === host && known.container.state === 'running' && known.container.networkMode !== 'host',
  )

type Networks = ReturnType<typeof contentsOf<'docker-network'>>[number]['content']['objects']

function unmasqueraded(host: string, root: Namespace, networks: Networks): readonly Found[] {
  const masqueraded = [...rulesOf(root, 'nat')]
    .filter(({ rule }) => rule.target?.kind === 'MASQUERADE' || rule.target?.kind === 'SNAT')
    .map(({ rule }) => rule.header.source)
  return networks.flatMap((network): readonly Found[] => {
    if (network.driver !== 'bridge' || network.internal || !network.masquerade || (network.gatewayMode.ip ?? 'nat') !== 'nat') return []
    return network.subnets.flatMap(({ subnet }): readonly Found[] => {
      if (
        typeof subnet.address !== 'number' ||
        masqueraded.some((source) => source !== undefined && !source.negated && source.address === subnet.address)
      )
        return []
      // Rules that masquerade whatever leaves by an interface do as well.
      if (masqueraded.some((source) => source === undefined)) return []
      const text = `nothing masquerades ${formatPrefix(subnet)}, the network ${network.name} of Docker`
      return [
        {
          severity: 'error',
          cause: 'nat.rules-flushed',
          host,
          object: network.name,
          text,
          because: [
            because(`network ${network.name}: ${formatPrefix(subnet)}`, network.source),
            because('no rule for it in the table nat', rulesFile(root)),
          ],
        },
      ]
    })
  })
}

/** Where Docker itself was not asked: a bridge of its with containers on it, chains of its, and nothing that masquerades the bridge's range. */
function bridgesUnmasqueraded(host: string, root: Namespace): readonly Found[] {
  if (!chainNames(root, 'filter').has('DOCKER') && !chainNames(root, 'nat').has('DOCKER')) return []
  const sources = [...rulesOf(root, 'nat')].filter(({ rule }) => rule.target?.kind === 'MASQUERADE' || rule.target?.kind === 'SNAT')
  return containerBridges(root).flatMap(({ name, source }): readonly Found[] => {
    const own = root.addressesOf.get(name)?.find(({ address }) => typeof address === 'number')
    if (!/^(?:docker|br-)/.test(name) || !own || (root.portsOf.get(name)?.length ?? 0) === 0) return []
    const range = network(own.address, own.prefixLength)
    if (sources.some(({ rule }) => rule.header.source === undefined || rule.header.source.address === range.address)) return []
    const text = `nothing masquerades ${formatPrefix(range)}, the range of Docker’s bridge ${name}, which has containers on it`
    return [
      {
        severity: 'error',
        cause: 'nat.rules-flushed',
        host,
        object: name,
        text,
        because: [because(`${name} has ${formatPrefix(range)}`, source), because('no rule for it in the table nat', rulesFile(root))],
      },
    ]
  })
}

function unpublished(host: string, root: Namespace, containers: ReturnType<typeof publishedOf>): readonly Found[] {
  const rules = [...rulesOf(root, 'nat')].filter(({ rule }) => rule.target?.kind === 'DNAT')
  return containers.flatMap(({ container }) =>
    container.ports.flatMap(({ hostPort, containerPort, protocol, hostAddress }): readonly Found[] => {
      const addresses = container.endpoints.flatMap((endpoint) => endpoint.addresses).filter((address) => typeof address === 'number')
      // `docker ps` shows the port and not the address behind it.
      const told = addresses.length > 0
      const asked = new RegExp(`--dports? \\S*\\b${hostPort}\\b`)
      if (typeof hostAddress === 'bigint' || hostPort === 0 || (!told && container.complete)) return []
      const there = told
        ? rules.some(
            ({ rule }) =>
              rule.target?.kind === 'DNAT' &&
              addresses.some((address) => rule.target?.kind === 'DNAT' && rule.target.addresses?.first === address) &&
              (rule.target.ports === undefined || rule.target.ports.first === containerPort),
          )
        : rules.some(({ rule }) => asked.test(rule.text))
      if (there) return []
      const where = told ? ` (${addresses.map(formatAddress).join(', ')}:${containerPort})` : ''
      const text = `no rule sends ${hostPort}/${protocol} to container ${container.name}${where}`
      return [
        {
          severity: 'error',
          cause: 'nat.rules-flushed',
          host,
          object: `container ${container.name}`,
          text,
          because: [
            because(`${container.name} publishes ${hostPort}/${protocol}`, container.source),
            because('no such DNAT in the table nat', rulesFile(root)),
          ],
        },
      ]
    }),
  )
}

/** Chains that nothing jumps to: a firewall has replaced the built-in ones. */
function notEntered(host: HostView, root: Namespace): Found | undefined {
  if (!chainNames(root, 'nat').has('DOCKER')) return undefined
  const rules = [...rulesOf(root, 'nat')]
  const filled = rules.some(({ rule }) => rule.chain === 'DOCKER' && rule.target?.kind === 'DNAT')
  if (!filled || rules.some(({ rule }) => rule.chain === 'PREROUTING' && rule.target?.kind === 'jump' && rule.target.chain === 'DOCKER'))
    return undefined
  return {
    severity: 'error',
    cause: 'nat.rules-flushed',
    host: host.name,
    object: 'chain DOCKER',
    text: 'chain DOCKER of the table nat holds published ports, and PREROUTING does not jump to it',
    because: [because('no jump to DOCKER in PREROUTING', rulesFile(root))],
  }
}
