import type { StandardTarget } from './standard.ts'

/**
 * The closed union of targets; each file adds its node here, and `kind` is the name that -j takes.
 * `jump` is -j CHAIN, `goto` is -g CHAIN (or -j CHAIN where a list shows `[goto]`); a chain and an extension of one name cannot both exist.
 * `opaque` is an extension whose name or options are not understood; `text` is all that followed `-j `.
 */
export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'opaque'; readonly name: string; readonly text: string }
  | ExtensionTarget

/** Every target with a module of its own. */
export type ExtensionTarget = StandardTarget
