import type { FdbEntry, Link, Neighbour } from '../../facts/network.ts'
import { formatAddress } from '../../net/address.ts'
import { hasCarrier, isUp, type Namespace } from '../namespace.ts'
import type { Item } from './items.ts'

const onOff = (value: boolean | undefined): string | undefined => (value === undefined ? undefined : value ? 'on' : 'off')
const text = (value: { toString(): string } | undefined): string | undefined => (value === undefined ? undefined : `${value}`)

/** Devices: what a packet on its way notices. */
export const linkItems = ({ links }: Namespace): readonly Item[] => [...links.values()].map(itemOfLink)

function itemOfLink(link: Link): Item {
  const { name, mtu, master, mac, type, vxlan, vlan, port, tunnel, vrfTable, bridge, macvlanMode, source } = link
  return {
    kind: 'link',
    key: name,
    object: name,
    side: { text: linkText(link), source },
    fields: {
      'set to': isUp(link) ? 'up' : 'down',
      carrier: isUp(link) ? (hasCarrier(link) ? 'yes' : 'no') : undefined,
      mtu: text(mtu),
      master: master ?? 'none',
      mac,
      kind: type,
      vxlan: vxlan && `id ${vxlan.id} port ${vxlan.port} local ${address(vxlan.local)} remote ${address(vxlan.remote ?? vxlan.group)}`,
      tunnel: tunnel && `local ${address(tunnel.local)} remote ${address(tunnel.remote)}`,
      vlan: vlan && `id ${vlan.id}`,
      'vrf table': vrfTable,
      mode: macvlanMode,
      'vlan filtering': onOff(bridge?.vlanFiltering),
      hairpin: onOff(port?.hairpin),
      isolated: onOff(port?.isolated),
      flood: onOff(port?.flood),
      'port state': master === undefined ? undefined : (link.portState ?? port?.state),
    },
  }
}

const address = (value: Link['vxlan'] extends undefined ? never : number | bigint | undefined): string =>
  value === undefined ? 'any' : formatAddress(value)

const linkText = ({ name, flags, mtu, master, state }: Link): string =>
  [`${name}: <${flags.join(',')}>`, mtu === undefined ? '' : `mtu ${mtu}`, master === undefined ? '' : `master ${master}`, `state ${state}`]
    .filter((part) => part !== '')
    .join(' ')

/** Addresses; those of a link's own (fe80::) follow from its MAC. */
export const addressItems = ({ addresses }: Namespace): readonly Item[] =>
  addresses
    .filter(({ scope, source }) => scope !== 'link' && source.line > 0)
    .map((one): Item => {
      const written = `${formatAddress(one.address)}/${one.prefixLength}`
      return {
        kind: 'address',
        key: `${one.device} ${written}`,
        object: one.device,
        side: { text: `${written} dev ${one.device}`, source: one.source },
        fields: { scope: one.scope, peer: one.peer === undefined ? '' : formatAddress(one.peer), deprecated: onOff(one.deprecated) },
      }
    })

/** Neighbours that somebody set; what was learned comes and goes. */
export const neighbourItems = ({ neighbours }: Namespace): readonly Item[] =>
  neighbours.filter(isKept).map(
    (one): Item => ({
      kind: 'neighbour',
      key: `${one.device} ${formatAddress(one.address)} ${one.proxy}`,
      object: `${formatAddress(one.address)} dev ${one.device}`,
      side: {
        text: `${formatAddress(one.address)} dev ${one.device} ${one.proxy ? 'proxy' : `lladdr ${one.mac ?? 'none'}`}`,
        source: one.source,
      },
      fields: { lladdr: one.mac },
    }),
  )

const isKept = ({ state, proxy }: Neighbour): boolean => state.toUpperCase() === 'PERMANENT' || proxy

/** Where a tunnel or bridge sends frames by order: not what it learned, nor the addresses of its own ports. */
export const fdbItems = ({ fdb }: Namespace): readonly Item[] =>
  fdb.filter(isOrdered).map((one): Item => {
    const vlan = one.vlan === undefined ? '' : ` vlan ${one.vlan}`
    // 00:00:00:00:00:00 is where frames for nobody known go: there may be several.
    const many = one.mac === '00:00:00:00:00:00' ? ` ${one.destination === undefined ? '' : formatAddress(one.destination)}` : ''
    return {
      kind: 'fdb',
      key: `${one.device} ${one.mac}${vlan} ${one.vni ?? ''}${many}`,
      object: `${one.mac} dev ${one.device}`,
      side: {
        text: `${one.mac} dev ${one.device}${vlan}${one.destination === undefined ? '' : ` dst ${formatAddress(one.destination)}`}`,
        source: one.source,
      },
      fields: { dst: one.destination === undefined ? '' : formatAddress(one.destination), port: text(one.port) ?? '' },
    }
  })

const isOrdered = ({ destination, flags, mac }: FdbEntry): boolean =>
  !/^(?:33:33|01:00:5e)/i.test(mac) &&
  (destination !== undefined
    ? flags.includes('permanent') || flags.includes('static') || flags.includes('noarp')
    : flags.includes('static'))
