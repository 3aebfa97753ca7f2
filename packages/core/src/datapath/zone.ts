/** The conntrack zone of each direction of a connection (struct nf_conntrack_zone): what is in different zones is looked up apart. */
export interface Zone {
  readonly original: number
  readonly reply: number
}

export const NO_ZONE: Zone = { original: 0, reply: 0 }

/** The zone that a CT rule gives, for one direction or both. */
export function zoneOf({ id, direction }: { readonly id: number; readonly direction: 'both' | 'original' | 'reply' }): Zone {
  return { original: direction === 'reply' ? 0 : id, reply: direction === 'original' ? 0 : id }
}
