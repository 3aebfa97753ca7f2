/** Where something was read: decision 4 of the design, everything derived points back. */
export interface Source {
  /** Path inside the bundle, or as given on the command line. `-` is standard input. */
  readonly file: string
  /** 1-based line in that file. */
  readonly line: number
}

/** What a reader did not understand or had to assume. Reading goes on; the raw text is kept here. */
export interface Note {
  readonly kind: 'not-understood' | 'assumed' | 'broken'
  readonly text: string
  readonly raw?: string
  readonly source: Source
}
