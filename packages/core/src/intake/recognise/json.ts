import type { Format } from '../format.ts'
import { type JsonShape, jsonShape } from './json-shape.ts'

/** What a JSON text is, by the keys that its program writes. `undefined`: not JSON; 'json': JSON of an unknown kind. */
export function recogniseJson(text: string): Format | 'json' | 'empty-json' | undefined {
  const shape = jsonShape(text)
  if (!shape) return undefined
  if (shape.empty) return 'empty-json'
  return SHAPES.find(([, test]) => test(shape))?.[0] ?? 'json'
}

const has = (shape: JsonShape, ...keys: string[]): boolean => keys.every((key) => shape.keys.has(key))
const any = (shape: JsonShape, ...keys: string[]): boolean => keys.some((key) => shape.keys.has(key))

const SHAPES: readonly (readonly [Format, (shape: JsonShape) => boolean])[] = [
  ['collect-account', (s) => has(s, 'schema', 'attempts', 'hosts')],
  ['kubeskoop', (s) => s.top === 'object' && s.keys.size === 2 && has(s, 'p', 'n')],
  ['nft-json', (s) => has(s, 'nftables')],
  [
    'nft-monitor',
    (s) =>
      s.top === 'object' &&
      any(s, 'add', 'delete', 'create', 'insert') &&
      ['table', 'chain', 'rule', 'set', 'element'].some((k) => s.inner.has(k)),
  ],
  ['kubernetes', (s) => has(s, 'apiVersion') && any(s, 'kind', 'items', 'metadata')],
  ['kubernetes', (s) => has(s, 'metadata', 'spec') && s.inner.has('creationTimestamp')],
  ['cni-config', (s) => has(s, 'cniVersion') && any(s, 'plugins', 'type')],
  ['ip-addr', (s) => has(s, 'ifname', 'addr_info')],
  ['bridge-link', (s) => has(s, 'ifname') && any(s, 'hairpin', 'cost', 'vlans')],
  ['bridge-fdb', (s) => has(s, 'mac') && any(s, 'ifname', 'dst') && !has(s, 'mtu')],
  ['ip-link', (s) => has(s, 'ifname', 'mtu')],
  ['ip-rule', (s) => has(s, 'priority') && any(s, 'src', 'srclen', 'table', 'action')],
  ['ip-neigh', (s) => has(s, 'dst', 'dev') && any(s, 'lladdr', 'state') && !any(s, 'protocol', 'scope', 'gateway', 'prefsrc', 'flags')],
  ['ip-route', (s) => has(s, 'dst') && any(s, 'dev', 'gateway', 'via', 'nexthops', 'type', 'protocol')],
  ['ip-neigh', (s) => has(s, 'dst') && any(s, 'lladdr', 'state')],
  ['docker-network', (s) => any(s, 'IPAM') && any(s, 'Driver', 'Scope')],
  ['docker-inspect', (s) => has(s, 'Id') && any(s, 'NetworkSettings', 'HostConfig', 'State')],
  ['docker-ps', (s) => any(s, 'ID', 'Id') && any(s, 'Names') && any(s, 'Image', 'Ports')],
  ['docker-network', (s) => has(s, 'ID', 'Name', 'Driver', 'Scope')],
  ['docker-info', (s) => any(s, 'ServerVersion', 'DockerRootDir')],
  ['docker-version', (s) => any(s, 'Client', 'Server') && s.inner.has('ApiVersion')],
  ['registry', (s) => (has(s, 'repositories') && s.keys.size === 1) || (has(s, 'name', 'tags') && s.keys.size === 2)],
  ['images', (s) => (any(s, 'images') && s.inner.has('repoTags')) || has(s, 'Repository', 'Tag')],
  ['crictl', (s) => any(s, 'items') && ['podSandboxId', 'runtimeHandler', 'state', 'id'].some((k) => s.inner.has(k))],
  ['crictl', (s) => any(s, 'containers') || (has(s, 'status') && any(s, 'info'))],
  ['crictl', (s) => any(s, 'items') && s.keys.size === 1],
  [
    'log',
    (s) =>
      s.lines && any(s, 'msg', 'message', 'log', 'MESSAGE') && any(s, 'level', 'ts', 'time', 'timestamp', 'stream', '__REALTIME_TIMESTAMP'),
  ],
]
