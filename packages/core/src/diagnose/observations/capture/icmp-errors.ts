import type { CapturedIcmp, CapturedIp } from '../../../facts/captured-packet.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import type { Sight } from './sight.ts'

/** ICMP errors of one kind about one flow, from one sender. */
export interface SeenError {
  readonly first: Sight
  readonly icmp: CapturedIcmp
  /** The packet that it is about; undefined: neither quoted nor told. */
  readonly quoted: CapturedIp | undefined
  /** Where the first one was seen, in order. */
  readonly sights: Sight[]
  count: number
}

const MAX_ERRORS = 5000

export function isError({ protocol, icmp }: CapturedIp): boolean {
  if (!icmp) return false
  if (protocol === PROTOCOL.icmpv6) return icmp.type < 128
  return protocol === PROTOCOL.icmp && (icmp.type === 3 || icmp.type === 11 || icmp.type === 12)
}

/** Collects them: the same error about the same flow counts up. */
export class IcmpErrors {
  readonly #seen = new Map<string, SeenError>()

  add(sight: Sight): void {
    const { icmp, src, srcName, id } = sight.ip
    if (!icmp) return
    const { quoted } = icmp
    const about = quoted && `${quoted.src}>${quoted.dst ?? quoted.dstName}/${quoted.protocol}/${quoted.sport}>${quoted.dport}`
    const key = `${src ?? srcName}|${icmp.type}/${icmp.code}|${about}`
    const known = this.#seen.get(key)
    if (!known) {
      if (this.#seen.size < MAX_ERRORS) this.#seen.set(key, { first: sight, icmp, quoted, sights: [sight], count: 1 })
      return
    }
    const same = id !== undefined && id !== 0 && id === known.first.ip.id
    if (!same) known.count++
    else if (known.sights.length < 16) known.sights.push(sight)
  }

  list(): readonly SeenError[] {
    return [...this.#seen.values()]
  }
}
