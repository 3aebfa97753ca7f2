import type { PacketsSeen } from '../observation.ts'
import type { Captured } from './captured.ts'
import type { Pass } from './exchange.ts'

/**
 * Where packets that got no answer ended, as far as this capture can tell: it needs all interfaces, and no filter that hides what a
 * translation makes of them.
 */
export function endsOf(passes: readonly Pass[], captured: Captured): PacketsSeen['ends'] {
  const seen = passes.filter((pass) => pass.sights.some(({ direction }) => direction !== undefined))
  if (seen.length === 0) return undefined
  if (seen.some((pass) => leaves(pass, captured))) return 'beyond'
  return captured.any && captured.unfiltered ? 'here' : undefined
}

/** Handed to a bridge of this host, it has left only when a port of that bridge sent it. */
function leaves(pass: Pass, { vantage, any }: Captured): boolean {
  const last = pass.sights.at(-1)
  return last?.direction === 'out' && !(any && vantage.bridges.has(last.device))
}

/** The bridge that took the packet and gave it to no port. */
export function keptByBridge(pass: Pass, captured: Captured): string | undefined {
  const last = pass.sights.at(-1)
  return last?.direction === 'out' && !leaves(pass, captured) ? last.device : undefined
}
