import type { CommentMatch } from './comment.ts'
import type { UdpMatch } from './udp.ts'

/**
 * The closed union of matches; each file adds its node here, and `kind` is the name that iptables-save prints behind -m.
 * `opaque` is a module whose name or options are not understood; `text` is all that followed `-m `.
 */
export type Match = { readonly kind: 'opaque'; readonly name: string; readonly text: string } | ExtensionMatch

/** Every match with a module of its own. */
export type ExtensionMatch = CommentMatch | UdpMatch
