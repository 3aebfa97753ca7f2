import type { Flow } from './flow.ts'
import type { StageId } from './stages.ts'

/**
 * The stages that a flow passes, in the kernel's order. A node's own packet goes through OUTPUT, not PREROUTING and FORWARD; what a node itself
 * serves goes through INPUT. undefined: too little is known of both ends.
 */
export function wayOf(flow: Flow): readonly StageId[] | undefined {
  const { sender, target } = flow
  if (sender.role === undefined || target.role === undefined) return undefined
  if (flow.self) return ['socket']
  const own = sender.role === 'node'
  const way: StageId[] = own ? ['output'] : sender.role === 'outside' ? ['network', 'prerouting'] : ['client', 'client-link', 'prerouting']
  const translated = target.role === 'service' || target.published
  if (translated) way.push('translation')
  way.push('routing')
  if (target.role === 'outside') return [...way, ...(own ? [] : (['forward'] as const)), 'postrouting']
  if (target.role === 'node' && !translated) return own ? [...way, 'socket'] : [...way, 'input', 'socket']
  if (!own) way.push('forward')
  way.push('postrouting')
  if (flow.sameNode !== true && target.role !== 'container') way.push('overlay', 'server-node')
  return [...way, 'server', 'socket']
}
