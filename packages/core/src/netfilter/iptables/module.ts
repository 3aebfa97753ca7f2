import type { Family } from '../../net/address.ts'
import type { Action } from '../action.ts'
import type { Decision } from '../decision.ts'
import type { Scene } from '../scene.ts'

/** One option as it stood in the rule: `! --dport 80` is { option: 'dport', negated: true, args: ['80'] }. Arguments are unquoted. */
export interface GivenOption {
  readonly option: string
  readonly negated: boolean
  readonly args: readonly string[]
}

export interface ReadContext {
  readonly family: Family
  readonly table: string
  /** Protocol of the rule's -p, 0 when there is none or it is negated. */
  readonly protocol: number
}

/** A value that a module cannot take: the rule keeps its text, becomes opaque, and is reported. */
export interface Problem {
  readonly kind: 'problem'
  readonly text: string
}
export const problem = (text: string): Problem => ({ kind: 'problem', text })

/**
 * An extension of `man iptables-extensions`: one file, which reads, prints, decides and explains it.
 * `options` maps each option to the number of its arguments, -1 where its one argument may be left out. Aliases (`--destination-port`, `--ports`) are listed too.
 */
export interface MatchModule<M extends { readonly kind: string }> {
  readonly kind: M['kind']
  /** Names that -m takes where they differ from `kind` (`-m state` is conntrack's old form, yet prints as state). */
  readonly names?: readonly string[]
  readonly options: Readonly<Record<string, number>>
  read(given: readonly GivenOption[], context: ReadContext): M | Problem
  /** As iptables-save prints it, without `-m NAME`; '' when the module prints nothing but its name. Starts without a space. */
  print(match: M, family: Family): string
  decide(match: M, scene: Scene): Decision
  /** The same as `decide` for one match, prepared: for modules that most rules use, where much of the work does not depend on the packet. */
  compile?(match: M): (scene: Scene) => Decision
  /** A phrase that completes "the packet …": `goes to port 80`, `belongs to a connection in state NEW`. */
  explain(match: M): string
}

export interface TargetModule<T extends { readonly kind: string }> {
  readonly kind: T['kind']
  readonly names?: readonly string[]
  readonly options: Readonly<Record<string, number>>
  read(given: readonly GivenOption[], context: ReadContext): T | Problem
  /** As iptables-save prints the options, without `-j NAME`. */
  print(target: T, family: Family): string
  act(target: T, scene: Scene): Action
  /** A sentence's verb part: `drops it`, `rewrites the destination to 10.42.0.5:8080`. */
  explain(target: T): string
}
