import type { TraceRequest } from '../../datapath/trace.ts'
import type { Source } from '../../facts/source.ts'
import type { Change } from '../../model/change/change.ts'
import type { Scene } from '../scene.ts'
import type { CauseId } from './ids.ts'

/** A sentence with what it rests on. A statement without a source is a bug, save those about what is absent. */
export interface Because {
  readonly text: string
  readonly source?: Source | undefined
  /** Id of the observation that says so. */
  readonly observation?: string | undefined
}

/** The object at fault. */
export interface Fault {
  /** '' where the evidence does not tell the host. */
  readonly host: string
  readonly netns?: string | undefined
  /** `chain FORWARD`, `route 172.16.0.0/12 dev tailscale0`, `Service default/web`. */
  readonly object: string
  /** Where the evidence shows it. */
  readonly source?: Source | undefined
  readonly rule?: {
    readonly table: string
    readonly chain: string
    readonly rule: number
    readonly text: string
    readonly source?: Source | undefined
  }
}

/** A cause that may be at work, with the place where it sits. */
export interface Suspect {
  readonly cause: CauseId
  readonly where: Fault
  readonly because: readonly Because[]
  readonly against: readonly Because[]
  /**
   * How sure the recognition makes it before any proof, from 0 to 1. Where the model can take it away, the proof outweighs this; where it
   * cannot (a log line, an object's state), it is the confidence. docs/diagnosis.md gives the scale: 0.9 an unambiguous error message or
   * state that is this very cause, 0.6 a state that usually is, 0.3 a circumstance that makes it possible.
   */
  readonly likelihood: number
  /** The model without it; none where the model has no such thing. Several ways to be without it are several suspects. */
  readonly without?: readonly Change[] | undefined
  /** It was found on the packet's way, and is as sure as that way is. */
  readonly onWay?: boolean | undefined
  /** The packet that shows it, where it is another than the symptom's: one of the same connection, a larger one. */
  readonly request?: TraceRequest | undefined
  /** Observations (ids) that it explains. */
  readonly explains: readonly string[]
}

/**
 * One cause of causes.yaml: how it is recognised in the model and the observations. Its words (title, what it means, what proves and
 * excludes it) are knowledge/causes.yaml's.
 */
export interface Cause {
  readonly id: CauseId
  /** Never throws; returns none where nothing speaks for it. Cheap: it must not trace more than a handful of packets. */
  suspects(scene: Scene): readonly Suspect[]
}

/** Several causes that are told apart by the same look: what stopped a packet, say. */
export interface Family {
  readonly finds: readonly CauseId[]
  suspects(scene: Scene): readonly Suspect[]
}
