import type { CapturedArp } from '../../../facts/captured-packet.ts'
import type { Address } from '../../../net/address.ts'

/** An address that was asked for. */
export interface Asked {
  readonly device: string
  readonly number: number
  readonly by: Address
  readonly target: Address
  readonly mac: string | undefined
  first: number | undefined
  last: number | undefined
  tries: number
  /** Asked by this host. */
  own: boolean
}

/** Link-layer addresses that claim an address on one link, in the order of their claims. */
export interface Claims {
  readonly device: string
  readonly address: Address
  readonly number: number
  readonly macs: string[]
  /** How often the claim went from one to another. */
  changes: number
  /** Claims in answers, not only in questions. */
  answered: Set<string>
  last: string
}

const MAX_ENTRIES = 20_000

/** What ARP and neighbour discovery tell: who was asked for, who answered, and which link-layer address is whose. */
export class ArpBook {
  readonly asked = new Map<string, Asked>()
  readonly claims = new Map<string, Claims>()
  readonly answeredFor = new Set<Address>()
  /** Addresses that the capturing host answered for. */
  readonly own = new Set<Address>()
  readonly byMac = new Map<string, Set<Address>>()
  /** `asker>target`; the target alone where a text does not tell whom the answer was for. */
  readonly #answers = new Set<string>()

  add(
    arp: CapturedArp,
    at: { readonly number: number; readonly time: number | undefined; readonly device: string; readonly direction: string | undefined },
  ): void {
    if (arp.operation === 'reply' && arp.sender !== undefined) {
      this.answeredFor.add(arp.sender)
      this.#answers.add(arp.target === undefined ? `${arp.sender}` : `${arp.target}>${arp.sender}`)
      if (at.direction === 'out') this.own.add(arp.sender)
    }
    this.#claim(arp, at)
    const { sender, target } = arp
    // an announcement asks for its own address (RFC 5227)
    if (arp.operation !== 'request' || sender === undefined || target === undefined || sender === target) return
    const key = `${sender}>${target}`
    const known = this.asked.get(key)
    if (known) {
      if (known.device === at.device) known.tries++
      known.last = at.time ?? known.last
      known.own ||= at.direction === 'out'
    } else if (this.asked.size < MAX_ENTRIES) {
      const { device, number, time } = at
      this.asked.set(key, {
        device,
        number,
        by: sender,
        target,
        mac: arp.senderMac,
        first: time,
        last: time,
        tries: 1,
        own: at.direction === 'out',
      })
    }
  }

  isAnswered({ by, target }: Asked): boolean {
    return this.#answers.has(`${by}>${target}`) || this.#answers.has(`${target}`)
  }

  #claim(arp: CapturedArp, at: { readonly number: number; readonly device: string; readonly direction: string | undefined }): void {
    const { sender, senderMac } = arp
    if (sender === undefined || senderMac === undefined) return
    if (this.byMac.size < MAX_ENTRIES) {
      const addresses = this.byMac.get(senderMac) ?? new Set()
      this.byMac.set(senderMac, addresses.add(sender))
    }
    // what this host sends for others (proxy ARP) differs from device to device
    const key = `${at.device}\0${sender}`
    const known = this.claims.get(key)
    if (!known) {
      if (this.claims.size >= MAX_ENTRIES) return
      const { device, number } = at
      const answered = new Set(arp.operation === 'reply' ? [senderMac] : [])
      this.claims.set(key, { device, address: sender, number, macs: [senderMac], changes: 0, answered, last: senderMac })
      return
    }
    if (arp.operation === 'reply' && known.answered.size < 16) known.answered.add(senderMac)
    if (known.last === senderMac) return
    known.last = senderMac
    known.changes++
    if (!known.macs.includes(senderMac) && known.macs.length < 16) known.macs.push(senderMac)
  }
}

/**
 * Two machines have the address: both answered for it, or the claim went back and forth. One change alone may be an address that moved.
 */
export const isContested = (claims: Claims): boolean => claims.macs.length > 1 && (claims.answered.size > 1 || claims.changes > 1)
