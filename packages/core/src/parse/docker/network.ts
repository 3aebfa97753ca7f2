import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { readColumns } from '../columns.ts'
import { type JsonObject, readJson } from '../json.ts'
import { flag, isObject, list, looksLikeJson, object, objectsOf, text } from '../json-fields.ts'
import type { Parsed } from '../parsed.ts'
import { labels } from './container.ts'

/** A container as a network lists it. */
export interface NetworkMember {
  readonly id: string
  readonly name: string
  readonly addresses: readonly Address[]
  readonly mac: string | undefined
}

/** What `docker network inspect` or `docker network ls` tells of a network. */
export interface DockerNetwork {
  readonly id: string
  readonly name: string
  /** bridge, host, null, overlay, macvlan, ipvlan */
  readonly driver: string
  readonly scope: string | undefined
  readonly internal: boolean
  readonly ipv6: boolean
  readonly subnets: readonly { readonly subnet: Prefix; readonly gateway: Address | undefined; readonly range: Prefix | undefined }[]
  /** The bridge's device: com.docker.network.bridge.name, `docker0`, or `br-` and 12 digits of the id. */
  readonly bridge: string | undefined
  /** com.docker.network.bridge.enable_icc: containers of the network may talk to each other. */
  readonly icc: boolean
  /** com.docker.network.bridge.enable_ip_masquerade */
  readonly masquerade: boolean
  /** com.docker.network.bridge.gateway_mode_ipv4 / _ipv6: nat, nat-unprotected, routed, isolated */
  readonly gatewayMode: { readonly ip: string | undefined; readonly ip6: string | undefined }
  readonly mtu: number | undefined
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly members: readonly NetworkMember[]
  /** `docker network ls` shows no subnets, options or members. */
  readonly complete: boolean
  readonly source: Source
}

/** Reads `docker network inspect` and `docker network ls` (table or JSON lines). */
export function readDockerNetworks(content: string, file: string): Parsed<DockerNetwork> {
  if (looksLikeJson(content)) {
    const json = readJson(content, file)
    return { facts: objectsOf(json).map(({ value, line }) => network(value, { file, line })), notes: json.notes }
  }
  const { rows, others } = readColumns(content, (line) => /^\s*NETWORK ID\b/.test(line))
  return {
    facts: rows.map(({ cells, line }) =>
      network(
        { Id: cells['NETWORK ID'] ?? '', Name: cells.NAME ?? '', Driver: cells.DRIVER ?? '', Scope: cells.SCOPE ?? '' },
        { file, line },
      ),
    ),
    notes: others.map((line) => ({
      kind: 'not-understood',
      text: 'not a line of docker network ls',
      raw: line.text,
      source: { file, line: line.number },
    })),
  }
}

const BRIDGE = 'com.docker.network.bridge.'

function network(value: JsonObject, source: Source): DockerNetwork {
  const options = labels(object(value, 'Options'))
  const id = text(value, 'Id') ?? text(value, 'ID') ?? ''
  const name = text(value, 'Name') ?? ''
  const driver = text(value, 'Driver') ?? ''
  const truth = (key: string) => options[key] !== 'false'
  const mtu = Number(options['com.docker.network.driver.mtu'])
  return {
    id,
    name,
    driver,
    scope: text(value, 'Scope'),
    internal: isTrue(value, 'Internal'),
    ipv6: isTrue(value, 'EnableIPv6') || text(value, 'IPv6') === 'true',
    subnets: subnets(object(value, 'IPAM')),
    bridge:
      driver === 'bridge'
        ? (options[`${BRIDGE}name`] ?? (name === 'bridge' ? 'docker0' : id ? `br-${id.slice(0, 12)}` : undefined))
        : undefined,
    icc: truth(`${BRIDGE}enable_icc`),
    masquerade: truth(`${BRIDGE}enable_ip_masquerade`),
    gatewayMode: { ip: options[`${BRIDGE}gateway_mode_ipv4`], ip6: options[`${BRIDGE}gateway_mode_ipv6`] },
    mtu: Number.isInteger(mtu) && mtu > 0 ? mtu : undefined,
    options,
    labels: labels(object(value, 'Labels')),
    members: members(object(value, 'Containers')),
    complete: object(value, 'IPAM') !== undefined,
    source,
  }
}

const isTrue = (value: JsonObject, key: string): boolean => flag(value, key) && value[key] !== 'false' && value[key] !== null

function subnets(ipam: JsonObject | undefined): DockerNetwork['subnets'] {
  return list(ipam ?? {}, 'Config').flatMap((config) => {
    const subnet = isObject(config) ? parsePrefix(text(config, 'Subnet') ?? '') : undefined
    if (!isObject(config) || !subnet) return []
    return [
      {
        subnet,
        gateway: parseAddress((text(config, 'Gateway') ?? '').replace(/\/\d+$/, '')),
        range: parsePrefix(text(config, 'IPRange') ?? ''),
      },
    ]
  })
}

function members(containers: JsonObject | undefined): readonly NetworkMember[] {
  return Object.entries(containers ?? {}).flatMap(([id, value]) => {
    if (!isObject(value)) return []
    const addresses = [text(value, 'IPv4Address'), text(value, 'IPv6Address')].flatMap(
      (address) => parseAddress((address ?? '').replace(/\/\d+$/, '')) ?? [],
    )
    return [{ id, name: text(value, 'Name') ?? '', addresses, mac: text(value, 'MacAddress') || undefined }]
  })
}
