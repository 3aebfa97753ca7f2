import type { Address, Family } from '../net/address.ts'

/**
 * What a checksum says: `partial` holds the sum of the pseudo header alone, as Linux leaves it for the card to complete (CHECKSUM_PARTIAL),
 * `absent` is UDP's zero, `unknown` was not captured whole or not shown.
 */
export type Checksum = 'good' | 'bad' | 'partial' | 'absent' | 'unknown'

/** An IP packet as a capture shows it. What a line of text does not tell is undefined. */
export interface CapturedIp {
  readonly family: Family
  /** undefined: the text has a name, `srcName`. */
  readonly src: Address | undefined
  readonly srcName?: string | undefined
  readonly dst: Address | undefined
  readonly dstName?: string | undefined
  readonly protocol: number | undefined
  readonly ttl: number | undefined
  /** IPv4 identification. */
  readonly id: number | undefined
  /** Total length in bytes as the header counts it. */
  readonly length: number | undefined
  readonly dontFragment: boolean
  /** Offset in bytes. */
  readonly fragment: { readonly offset: number; readonly more: boolean } | undefined
  /** 0: none, or not told. ICMP echo: its identifier in `sport`. */
  readonly sport: number
  readonly dport: number
  readonly tcp?: CapturedTcp | undefined
  readonly icmp?: CapturedIcmp | undefined
  /** Bytes behind the transport header. */
  readonly payload: number | undefined
  readonly ipChecksum: Checksum
  readonly checksum: Checksum
  /** Tells equal contents apart from others: of the first bytes behind the transport header; 0 where there are none. */
  readonly digest: number
  readonly tunnel?:
    | { readonly kind: 'vxlan' | 'geneve' | 'gre' | 'ipip'; readonly id?: number | undefined; readonly frame: CapturedContent }
    | undefined
}

export interface CapturedTcp {
  /** Bits as in the header. */
  readonly flags: number
  readonly seq: number | undefined
  readonly ack: number | undefined
  readonly window: number | undefined
  readonly mss: number | undefined
  /** tcpdump counts from the connection's beginning, save in packets with SYN. */
  readonly relative: boolean
}

export interface CapturedIcmp {
  readonly type: number
  readonly code: number
  readonly sequence: number | undefined
  /** Of `fragmentation needed` and `packet too big`. */
  readonly mtu: number | undefined
  /** The packet that an error is about. */
  readonly quoted: CapturedIp | undefined
}

/** ARP, or IPv6 neighbour discovery, which asks and answers the same. */
export interface CapturedArp {
  readonly operation: 'request' | 'reply'
  readonly senderMac: string | undefined
  /** undefined: a probe (RFC 5227), or not shown. */
  readonly sender: Address | undefined
  readonly target: Address | undefined
}

export interface CapturedContent {
  readonly ip?: CapturedIp | undefined
  readonly arp?: CapturedArp | undefined
}

/** One packet of a capture. */
export interface CapturedPacket extends CapturedContent {
  /** 1-based: the packet's number as Wireshark counts them, or its line in a text. */
  readonly number: number
  /** Seconds, since 1970 or since midnight or the beginning of the capture, as the form tells. */
  readonly time: number | undefined
  readonly device: string | undefined
  /** Where only the interface's index is told (`-i any`); 0 is none. */
  readonly deviceIndex: number | undefined
  /** `other`: for another machine, seen in promiscuous mode or by a bridge. */
  readonly direction: 'in' | 'out' | 'other' | undefined
  /** It comes from a capture of all interfaces (`-i any`): what is not there did not happen on another one. */
  readonly any: boolean
  readonly sourceMac: string | undefined
  readonly destinationMac: string | undefined
  readonly vlans: readonly number[]
}
