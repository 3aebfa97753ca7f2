import type { Outcome, Step } from '../../../datapath/trace.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import type { Scene } from '../../scene.ts'

/** Was the packet inside of a tunnel's packet when it met this step? */
export function isTunnelled({ steps }: Outcome, step: Step): boolean {
  const at = steps.indexOf(step)
  const before = at < 0 ? steps : steps.slice(0, at)
  const encap = before.findLastIndex(({ kind }) => kind === 'encap')
  return encap > before.findLastIndex(({ kind }) => kind === 'decap')
}

/** Ports of tunnels that need no device in the evidence to be known: flannel's VXLAN, VXLAN, Geneve, WireGuard as flannel, Calico and others use it. */
const WELL_KNOWN = new Set([8472, 4789, 6081, 51820, 51821])

/** Is it a packet that a tunnel made, asked for or captured without what is inside? */
export function isTunnelsOwn({ model }: Pick<Scene, 'model'>, { protocol, dport }: Outcome['packet']): boolean {
  if (protocol === PROTOCOL.ipip) return true
  if (protocol !== PROTOCOL.udp) return false
  return (
    WELL_KNOWN.has(dport) || [...model.hosts.values()].some(({ links }) => [...links.values()].some(({ vxlan }) => vxlan?.port === dport))
  )
}
