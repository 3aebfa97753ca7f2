import type { Document } from '../../intake/document.ts'
import { formatAddress } from '../../net/address.ts'
import { formatPrefix } from '../../net/prefix.ts'
import type { DockerContainer, PortBinding } from '../../parse/docker/container.ts'
import type { DockerNetwork } from '../../parse/docker/network.ts'
import type { Item } from './items.ts'

/** Containers as the engine tells them; the fuller of `inspect` and `ps`. */
export function containerItems(documents: readonly Document[]): readonly Item[] {
  const found = new Map<string, DockerContainer>()
  for (const { content } of documents)
    if (content.kind === 'docker-inspect' || content.kind === 'docker-ps')
      for (const container of content.objects) {
        const known = found.get(container.name)
        if (!known || (!known.complete && container.complete)) found.set(container.name, container)
      }
  return [...found.values()].map((container): Item => {
    const { name, image, state, run, networkMode, source, complete } = container
    return {
      kind: 'container',
      key: name,
      object: `container ${name}`,
      side: { text: [name, image, state].filter((part) => part !== undefined).join(' '), source },
      fields: {
        state,
        image,
        'network mode': networkMode,
        networks: complete ? networksOf(container) : undefined,
        ports: portsText(container.ports),
        health: run?.health,
        'exit code': run?.exitCode === undefined || state === 'running' ? undefined : `${run.exitCode}`,
      },
    }
  })
}

const networksOf = ({ endpoints }: DockerContainer): string =>
  endpoints
    .map(({ network, addresses }) => `${network} ${addresses.map(formatAddress).join(' ')}`.trim())
    .sort()
    .join(', ')

const portsText = (ports: readonly PortBinding[]): string =>
  [
    ...new Set(
      ports.map(
        ({ hostAddress, hostPort, containerPort, protocol }) =>
          `${hostAddress === undefined ? '' : formatAddress(hostAddress)}:${hostPort}→${containerPort}/${protocol}`,
      ),
    ),
  ]
    .sort()
    .join(', ')

/** The engine's networks. */
export function networkItems(documents: readonly Document[]): readonly Item[] {
  const networks = documents.flatMap(({ content }) => (content.kind === 'docker-network' ? content.objects : []))
  return networks.map((network): Item => {
    const { name, driver, internal, ipv6, bridge, icc, masquerade, gatewayMode, mtu, complete, source } = network
    const told = (value: string): string | undefined => (complete ? value : undefined)
    return {
      kind: 'network',
      key: name,
      object: `network ${name}`,
      side: { text: `${name} ${driver} ${subnetsOf(network)}`.trim(), source },
      fields: {
        driver,
        bridge,
        subnets: told(subnetsOf(network)),
        internal: told(`${internal}`),
        ipv6: told(`${ipv6}`),
        'containers talk': told(`${icc}`),
        masquerade: told(`${masquerade}`),
        'gateway mode': told([gatewayMode.ip, gatewayMode.ip6].filter(Boolean).join(' ')),
        mtu: mtu === undefined ? undefined : `${mtu}`,
      },
    }
  })
}

const subnetsOf = ({ subnets }: DockerNetwork): string =>
  subnets
    .map(({ subnet, gateway }) => `${formatPrefix(subnet)}${gateway === undefined ? '' : ` via ${formatAddress(gateway)}`}`)
    .sort()
    .join(', ')
