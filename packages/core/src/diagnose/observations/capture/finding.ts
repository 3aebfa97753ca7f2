import type { Address } from '../../../net/address.ts'
import type { Maker, PacketsSeen, Sighting } from '../observation.ts'
import type { Exchange, Pass } from './exchange.ts'
import type { SeenError } from './icmp-errors.ts'

/** What became of a conversation, before it is put in words. */
export interface Finding {
  readonly sighting: Sighting
  readonly exchange: Exchange
  readonly packets: number
  /** The packet that answered it: a RST, or the answer that went astray. */
  readonly answer?: Pass | undefined
  readonly by?: Address | undefined
  readonly maker?: Maker | undefined
  readonly length?: number | undefined
  readonly ends?: PacketsSeen['ends']
  readonly error?: SeenError | undefined
  readonly stage?: PacketsSeen['stage']
  /** Seconds from the question to the error. */
  readonly after?: number | undefined
}
