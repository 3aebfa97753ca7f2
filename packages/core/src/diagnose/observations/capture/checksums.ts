import { reverseOf, type Sight } from './sight.ts'

/** Packets whose checksum is wrong. */
export interface WrongSum {
  readonly first: Sight
  count: number
}

const MOST = 1000

/** Parts wrong checksums that a card was still to fill in from those that are wrong on the wire. */
export class Checksums {
  offloaded: WrongSum | undefined
  /** Wrong as they were captured, by sender and receiver. */
  readonly bad = new Map<string, WrongSum>()
  /** Came in through a tunnel without ever having been filled in. */
  readonly unfilled = new Map<string, WrongSum>()

  add(sight: Sight): void {
    const { checksum, ipChecksum, tunnel } = sight.ip
    // the outer sum is right only when the card has filled in the inner one (local checksum offload)
    if (tunnel?.frame.ip?.checksum === 'partial') return
    const sent = sight.direction === 'out'
    if (checksum === 'partial' || (sent && (checksum === 'bad' || ipChecksum === 'bad' || ipChecksum === 'absent'))) {
      if (checksum === 'partial' && sight.tunnel && sight.direction === 'in') count(this.unfilled, sight)
      this.offloaded ??= { first: sight, count: 0 }
      this.offloaded.count++
    } else if (checksum === 'bad' || ipChecksum === 'bad') count(this.bad, sight)
  }
}

function count(into: Map<string, WrongSum>, sight: Sight): void {
  const key = reverseOf(sight.ip)
  const known = into.get(key)
  if (known) known.count++
  else if (into.size < MOST) into.set(key, { first: sight, count: 1 })
}
