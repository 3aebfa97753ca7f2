import { isLinkLocal } from '../../../net/special.ts'
import type { Unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { FibExpression } from '../expression.ts'
import { SYMBOLS } from '../symbols.ts'
import type { Result } from './datum.ts'

/** `fib saddr . iif oif`: nft_fib4_eval(), nft_fib6_eval(); `fib daddr type`: nft_fib4_eval_type(). */
export function evaluateFib(node: FibExpression): (scene: Scene) => Result {
  if (node.result === 'type') return (scene) => addressType(node, scene)
  const exists = node.result === 'check'
  return (scene) => {
    const device = outgoing(node, scene)
    return typeof device === 'string' && exists ? (device === '' ? 0 : 1) : device
  }
}

function addressType({ flags }: FibExpression, scene: Scene): Result {
  const { packet } = scene
  const device = flags.includes('iif') ? scene.iif : flags.includes('oif') ? scene.oif : undefined
  const [address, src] = flags.includes('daddr') ? [packet.dst, packet.src] : [packet.src, packet.dst]
  const flow = { src, mark: flags.includes('mark') ? packet.mark : 0, tos: packet.tos, protocol: packet.protocol }
  const type = scene.fib.addressType(address, device || undefined, flow)
  return typeof type === 'string' ? (SYMBOLS.fib_addrtype?.[type.toLowerCase()] ?? 0) : type
}

/** The device of the route, '' where there is none. */
function outgoing({ flags }: FibExpression, scene: Scene): string | Unknown {
  const { packet } = scene
  const wanted = flags.includes('oif') ? scene.oif : flags.includes('iif') ? scene.iif : undefined
  if (flags.includes('iif') && (scene.iif === 'lo' || packet.packetType === 'loopback')) return scene.iif
  const forward = flags.includes('daddr')
  // nft_fib4_eval(): in FORWARD the look-up back is made as if it came in by the device that the packet leaves by.
  const back = !forward && flags.includes('iif') && scene.hook === 'forward' && packet.family === 'ip'
  const route = scene.fib.lookup({
    ...(back ? { iif: scene.oif } : {}),
    src: forward ? packet.src : packet.dst,
    dst: forward ? packet.dst : packet.src,
    mark: flags.includes('mark') ? packet.mark : 0,
    tos: packet.tos,
    protocol: packet.protocol,
    // nft_fib6_flowi_init(): the device counts only towards an address of the link
    ...(wanted && isLinkLocal(forward ? packet.dst : packet.src) && packet.family === 'ip6' ? { oif: wanted } : {}),
  })
  if (route === undefined) return ''
  if ('kind' in route) return route
  if (route.type !== 'UNICAST') return ''
  return wanted === undefined || wanted === route.device ? (route.device ?? '') : ''
}
