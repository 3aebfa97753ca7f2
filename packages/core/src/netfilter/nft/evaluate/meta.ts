import { unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import { broken, type Result } from './datum.ts'

const PACKET_TYPES = { host: 0, broadcast: 1, multicast: 2, otherhost: 3, outgoing: 4, loopback: 5 } as const

/** nft_meta_get_eval() */
export function evaluateMeta(key: string): (scene: Scene) => Result {
  switch (key) {
    case 'mark':
      return ({ packet }) => packet.mark
    case 'priority':
      return ({ packet }) => packet.priority
    case 'length':
      return ({ packet }) => packet.length
    case 'protocol':
      return ({ packet }) => (packet.family === 'ip' ? 0x800 : 0x86dd)
    case 'nfproto':
      return ({ packet }) => (packet.family === 'ip' ? 2 : 10)
    case 'l4proto':
      return ({ packet }) => packet.protocol
    case 'iif':
    case 'iifname':
      return ({ iif }) => iif
    case 'oif':
    case 'oifname':
      return ({ oif }) => oif
    case 'sdif':
    case 'sdifname':
      return () => ''
    case 'iiftype':
      return (scene) => device(scene, scene.iif, 'type')
    case 'oiftype':
      return (scene) => device(scene, scene.oif, 'type')
    case 'iifkind':
      return (scene) => device(scene, scene.iif, 'kind')
    case 'oifkind':
      return (scene) => device(scene, scene.oif, 'kind')
    case 'iifgroup':
      return (scene) => device(scene, scene.iif, 'group')
    case 'oifgroup':
      return (scene) => device(scene, scene.oif, 'group')
    case 'pkttype':
      return ({ packet }) => PACKET_TYPES[packet.packetType]
    case 'skuid':
      return (scene) => owner(scene, scene.packet.uid)
    case 'skgid':
      return (scene) => owner(scene, scene.packet.gid)
    case 'nftrace':
      return () => 0
    default:
      return () => unknown(`meta ${key} is not known from a snapshot`)
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = { gre: 'ipgre', tunnel6: 'ipip6' }

function device(scene: Scene, name: string, what: 'type' | 'kind' | 'group'): Result {
  if (name === '') return broken
  const link = scene.interface(name)
  if (!link) return unknown(`interface ${name} is not in the evidence`, 'ip-link.json')
  return what === 'type' ? (TYPE_NAMES[link.type] ?? link.type) : link[what]
}

/** Only a packet that a socket of this host made has an owner. */
function owner({ hook, iif }: Scene, id: number | undefined): Result {
  if (id !== undefined) return id
  const local = hook === 'output' || (hook === 'postrouting' && iif === '')
  return local ? unknown('which user made the packet is not known') : broken
}
