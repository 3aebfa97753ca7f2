import type { Link } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import type { JsonObject } from '../json.ts'
import { number, object, strings, text } from '../json-fields.ts'
import { fieldsOfJson } from './fields.ts'
import { detailsOf, portOf } from './kinds.ts'
import { macOf } from './link-text.ts'

/** An object of `ip -j link`, `ip -j addr` or, with `ports`, of `bridge -j link`. */
export function linkOfJson(from: JsonObject, source: Source): Link | undefined {
  const name = text(from, 'ifname')
  if (name === undefined) return undefined
  const info = object(from, 'linkinfo')
  const kind = info && text(info, 'info_kind')
  const flags = strings(from, 'flags')
  const isPort = info !== undefined && text(info, 'info_slave_kind') === 'bridge'
  return {
    index: number(from, 'ifindex') ?? 0,
    name,
    flags,
    mtu: number(from, 'mtu'),
    state: text(from, 'operstate'),
    mac: macOf(text(from, 'address')),
    master: text(from, 'master'),
    peerIndex: number(from, 'link_index'),
    peerName: text(from, 'link'),
    peerNetnsId: number(from, 'link_netnsid'),
    peerNetns: text(from, 'link_netns'),
    type: kind,
    linkType: text(from, 'link_type'),
    ...detailsOf(kind, fieldsOfJson(info && object(info, 'info_data'))),
    ...(isPort && portOf(fieldsOfJson(object(info, 'info_slave_data')))),
    group: text(from, 'group'),
    promiscuous: flags.includes('PROMISC') || (number(from, 'promiscuity') ?? 0) > 0,
    source,
  }
}
