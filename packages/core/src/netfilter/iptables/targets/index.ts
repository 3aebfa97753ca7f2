/** The closed union of targets; each file adds its node here. `jump` is -j CHAIN, `goto` is -g CHAIN. */
export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'opaque'; readonly name: string; readonly text: string }
