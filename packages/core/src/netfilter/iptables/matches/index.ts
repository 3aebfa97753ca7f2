/** The closed union of matches; each file adds its node here. */
export type Match = { readonly kind: 'opaque'; readonly name: string; readonly text: string }
