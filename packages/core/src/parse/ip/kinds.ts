import type { Link } from '../../facts/network.ts'
import { type Fields, isOn, numberOf, tunnelAddress } from './fields.ts'

/** Link kinds that ip-link(8) names; others are taken by their place in the output. */
export const KINDS: ReadonlySet<string> = new Set(
  `amt bareudp bond bond_slave bridge bridge_slave can caif dsa dummy erspan geneve gre gretap gtp hsr ifb ip6erspan ip6gre ip6gretap ip6tnl
   ipip ipoib ipvlan ipvtap lowpan macsec macvlan macvtap netdevsim netkit nlmon openvswitch ovpn pfcp rmnet sit team tun vcan veth virt_wifi vlan
   vrf vti vti6 vxcan vxlan wireguard wwan xfrm batadv hsr`.split(/\s+/),
)

const TUNNELS: ReadonlySet<string> = new Set('ipip sit gre gretap ip6gre ip6gretap ip6tnl vti vti6 erspan ip6erspan geneve'.split(' '))

type Details = Pick<Link, 'vxlan' | 'tunnel' | 'vlan' | 'macvlanMode' | 'bridge' | 'vrfTable'>

/** What `ip -d` tells of a link's kind; word forms and JSON members have the same names but for those that are both listed. */
export function detailsOf(kind: string | undefined, fields: Fields): Details {
  if (kind === undefined) return {}
  if (TUNNELS.has(kind)) return tunnelOf(kind, fields)
  switch (kind) {
    case 'vxlan':
      return vxlanOf(fields)
    case 'vlan':
      return vlanOf(fields)
    case 'bridge':
      return bridgeOf(fields)
    case 'macvlan':
    case 'macvtap':
    case 'ipvlan':
    case 'ipvtap':
      return fields.has('mode') ? { macvlanMode: fields.get('mode') } : {}
    case 'vrf':
      return fields.has('table') ? { vrfTable: fields.get('table') } : {}
    default:
      return {}
  }
}

function vxlanOf(fields: Fields): Details {
  const external = fields.has('external') && fields.get('external') !== 'off'
  const id = numberOf(fields.get('id'))
  if (id === undefined && !external) return {}
  const local = tunnelAddress(fields.get('local', 'local6'))
  const remote = tunnelAddress(fields.get('remote', 'remote6'))
  const group = tunnelAddress(fields.get('group', 'group6'))
  const device = fields.get('dev', 'link')
  return {
    vxlan: {
      id: id ?? 0,
      ...(local !== undefined && { local }),
      ...(remote !== undefined && { remote }),
      ...(group !== undefined && { group }),
      ...(device !== undefined && { device }),
      port: numberOf(fields.get('dstport', 'port')) ?? 8472,
      learning: !fields.has('nolearning') && fields.get('learning') !== 'off',
      external,
    },
  }
}

/** For GENEVE the VNI is what tells tunnels apart, and stands for the key. */
function tunnelOf(kind: string, fields: Fields): Details {
  const local = tunnelAddress(fields.get('local'))
  const remote = tunnelAddress(fields.get('remote', 'remote6'))
  const ttl = numberOf(fields.get('ttl', 'hoplimit'))
  const key = keyOf(kind === 'geneve' ? fields.get('id') : fields.get('okey', 'key', 'ikey'))
  if (local === undefined && remote === undefined && key === undefined) return {}
  const lived = ttl !== undefined && ttl > 0
  return {
    tunnel: {
      ...(local !== undefined && { local }),
      ...(remote !== undefined && { remote }),
      ...(lived && { ttl }),
      ...(key !== undefined && { key }),
    },
  }
}

/** A GRE key is a number, or printed like an address: `0.0.0.5`. */
function keyOf(text: string | undefined): number | undefined {
  const address = text?.includes('.') ? tunnelAddress(text) : undefined
  return typeof address === 'number' ? address : numberOf(text)
}

function vlanOf(fields: Fields): Details {
  const id = numberOf(fields.get('id'))
  return id === undefined ? {} : { vlan: { id, protocol: fields.get('protocol') ?? '802.1Q' } }
}

function bridgeOf(fields: Fields): Details {
  if (!fields.has('vlan_filtering') && !fields.has('stp_state')) return {}
  const iptables = fields.get('nf_call_iptables')
  const ip6tables = fields.get('nf_call_ip6tables')
  return {
    bridge: {
      vlanFiltering: isOn(fields.get('vlan_filtering')),
      stp: (numberOf(fields.get('stp_state')) ?? 0) > 0,
      ...(iptables !== undefined && { nfCallIptables: isOn(iptables) }),
      ...(ip6tables !== undefined && { nfCallIp6tables: isOn(ip6tables) }),
    },
  }
}

/** Settings of a bridge port, from `bridge_slave …` of ip(8) or the second line of `bridge -d link`. */
export function portOf(fields: Fields): Pick<Link, 'port' | 'portState'> {
  const state = fields.get('state')
  const portState = state === undefined ? {} : { portState: state }
  if (!fields.has('hairpin')) return portState
  const suppress = fields.get('neigh_suppress')
  return {
    ...portState,
    port: {
      hairpin: isOn(fields.get('hairpin')),
      isolated: isOn(fields.get('isolated')),
      state: state ?? 'forwarding',
      flood: isOn(fields.get('flood')),
      learning: isOn(fields.get('learning')),
      ...(suppress !== undefined && { neighSuppress: isOn(suppress) }),
    },
  }
}
