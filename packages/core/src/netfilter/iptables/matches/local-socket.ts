import type { Scene } from '../../scene.ts'

/**
 * Does the packet carry the socket that sent it (skb->sk)? Packets made here do; a forwarded one has none. On the way in, early demux may have
 * attached the receiver's, which a snapshot cannot tell.
 */
export function sendingSocket({ hook, iif }: Scene): 'yes' | 'no' | 'unknown' {
  switch (hook) {
    case 'output':
      return 'yes'
    case 'postrouting':
    case 'egress':
      return iif === '' ? 'yes' : 'no'
    case 'ingress':
    case 'prerouting':
    case 'forward':
      return 'no'
    case 'input':
      return 'unknown'
  }
}
