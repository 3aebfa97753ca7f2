import type { Sight } from './sight.ts'

/** Packets whose checksum is wrong. */
export interface WrongSum {
  readonly first: Sight
  count: number
}

/** Parts wrong checksums that a card was still to fill in from those that are wrong on the wire. */
export class Checksums {
  offloaded: WrongSum | undefined
  /** Wrong on the wire, by sender and receiver. */
  readonly bad = new Map<string, WrongSum>()

  add(sight: Sight): void {
    const { checksum, ipChecksum, src, dst, protocol, tunnel } = sight.ip
    // the outer sum is right only when the card has filled in the inner one (local checksum offload)
    if (tunnel?.frame.ip?.checksum === 'partial') return
    const sent = sight.direction === 'out'
    if (checksum === 'partial' || (sent && (checksum === 'bad' || ipChecksum === 'bad' || ipChecksum === 'absent'))) {
      this.offloaded ??= { first: sight, count: 0 }
      this.offloaded.count++
    } else if (checksum === 'bad' || ipChecksum === 'bad') {
      const key = `${src}>${dst}/${protocol}`
      const known = this.bad.get(key)
      if (known) known.count++
      else if (this.bad.size < 1000) this.bad.set(key, { first: sight, count: 1 })
    }
  }
}
