/** A frame as a capture file holds it, before anything in it is understood. */
export interface Frame {
  /** 1-based, as Wireshark counts. */
  readonly number: number
  /** Seconds since 1970; undefined where the block has none. */
  readonly time: number | undefined
  /** LINKTYPE_ value. */
  readonly linkType: number
  /** pcapng's if_name. */
  readonly device: string | undefined
  /** pcapng's epb_flags. */
  readonly direction: 'in' | 'out' | undefined
  /** A view into the file. */
  readonly data: Uint8Array
  readonly originalLength: number
}

/** No card makes larger frames, and no snapshot length of libpcap is larger (MAXIMUM_SNAPLEN 262144). */
export const MAX_FRAME = 1 << 20
