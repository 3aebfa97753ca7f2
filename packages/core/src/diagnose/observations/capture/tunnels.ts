import type { Sight } from './sight.ts'

/** Packets of one tunnel between two addresses, by direction. */
export interface TunnelSeen {
  readonly kind: string
  readonly first: Sight
  forward: number
  backward: number
}

/** Tunnels' outer packets: their ports tell nothing, so that both directions belong together by addresses alone. */
export class Tunnels {
  readonly seen = new Map<string, TunnelSeen>()

  add(sight: Sight): void {
    const { ip } = sight
    const kind = ip.tunnel?.kind
    if (!kind || ip.src === undefined || ip.dst === undefined) return
    const known = this.seen.get(`${kind} ${ip.src}>${ip.dst}`)
    const other = this.seen.get(`${kind} ${ip.dst}>${ip.src}`)
    if (known) known.forward++
    else if (other) other.backward++
    else if (this.seen.size < 1000) this.seen.set(`${kind} ${ip.src}>${ip.dst}`, { kind, first: sight, forward: 1, backward: 0 })
  }
}
