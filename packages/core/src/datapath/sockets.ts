import type { Socket } from '../facts/network.ts'
import type { Namespace } from '../model/namespace.ts'
import { type Packet, PROTOCOL } from '../net/packet.ts'
import { isLoopback } from '../net/special.ts'
import { type Unknown, unknown } from '../netfilter/decision.ts'

export type Listener =
  | { readonly kind: 'listens'; readonly socket: Socket }
  /** `elsewhere`: something listens on the port, on another address: the usual reason of a refusal. */
  | { readonly kind: 'nobody'; readonly elsewhere: readonly Socket[] }
  | Unknown

const NAMES: Readonly<Record<number, Socket['protocol']>> = {
  [PROTOCOL.tcp]: 'tcp',
  [PROTOCOL.udp]: 'udp',
  [PROTOCOL.sctp]: 'sctp',
  [PROTOCOL.dccp]: 'dccp',
}

/** Who takes this packet (__inet_lookup_listener, __udp4_lib_lookup): the listening socket, or nobody, or it is not known. */
export function listenerFor(namespace: Namespace, packet: Packet, iif: string): Listener {
  const { sockets } = namespace
  if (!sockets) return unknown(`no list of listening sockets of ${namespace.id}`, 'ss.txt')
  const protocol = NAMES[packet.protocol]
  const sameport = sockets.filter((socket) => socket.protocol === protocol && socket.port === packet.dport && isListening(socket))
  const taker = sameport.find((socket) => takes(socket, packet, iif))
  return taker ? { kind: 'listens', socket: taker } : { kind: 'nobody', elsewhere: sameport }
}

const isListening = (socket: Socket): boolean =>
  socket.protocol === 'tcp' ? socket.state === 'LISTEN' : socket.state === 'UNCONN' || socket.state === 'LISTEN'

function takes(socket: Socket, packet: Packet, iif: string): boolean {
  if (socket.family !== 'any' && socket.family !== packet.family) return false
  if (socket.device !== undefined && socket.device !== iif && !(iif === 'lo' && isLoopback(packet.dst))) return false
  return socket.address === undefined || socket.address === packet.dst || socket.address === 0 || socket.address === 0n
}
