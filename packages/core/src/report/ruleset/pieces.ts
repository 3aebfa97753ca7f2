/** A table's own fields, and its chains one by one. */
export interface TablePieces {
  readonly head: Readonly<Record<string, unknown>>
  readonly chains: Iterable<unknown>
}
