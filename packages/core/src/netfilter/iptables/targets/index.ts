import type { AuditTarget } from './audit.ts'
import type { ChecksumTarget } from './checksum.ts'
import type { ClassifyTarget } from './classify.ts'
import type { ClusteripTarget } from './clusterip.ts'
import type { ConnmarkTarget } from './connmark.ts'
import type { ConnsecmarkTarget } from './connsecmark.ts'
import type { CtTarget } from './ct.ts'
import type { DnatTarget } from './dnat.ts'
import type { DscpTarget } from './dscp.ts'
import type { EcnTarget } from './ecn.ts'
import type { HmarkTarget } from './hmark.ts'
import type { IdletimerTarget } from './idletimer.ts'
import type { LedTarget } from './led.ts'
import type { LogTarget } from './log.ts'
import type { MarkTarget } from './mark.ts'
import type { MasqueradeTarget } from './masquerade.ts'
import type { NetmapTarget } from './netmap.ts'
import type { NflogTarget } from './nflog.ts'
import type { NfqueueTarget } from './nfqueue.ts'
import type { NotrackTarget } from './notrack.ts'
import type { NptTarget } from './npt.ts'
import type { RateestTarget } from './rateest.ts'
import type { RedirectTarget } from './redirect.ts'
import type { RejectTarget } from './reject.ts'
import type { RetiredTarget } from './retired.ts'
import type { SecmarkTarget } from './secmark.ts'
import type { SetTarget } from './set.ts'
import type { SnatTarget } from './snat.ts'
import type { StandardTarget } from './standard.ts'
import type { SynproxyTarget } from './synproxy.ts'
import type { TcpmssTarget } from './tcpmss.ts'
import type { TcpoptstripTarget } from './tcpoptstrip.ts'
import type { TeeTarget } from './tee.ts'
import type { TosTarget } from './tos.ts'
import type { TproxyTarget } from './tproxy.ts'
import type { TraceTarget } from './trace.ts'
import type { TtlTarget } from './ttl.ts'
import type { UlogTarget } from './ulog.ts'

/**
 * The closed union of targets; each file adds its node here, and `kind` is the name that -j takes.
 * `jump` is -j CHAIN, `goto` is -g CHAIN; the reader decides which names are chains.
 * `opaque` is an extension whose name or options are not understood; `text` is all that followed `-j `.
 */
export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'opaque'; readonly name: string; readonly text: string }
  | ExtensionTarget

/** Every target with a module of its own. */
export type ExtensionTarget =
  | AuditTarget
  | ChecksumTarget
  | ClassifyTarget
  | ClusteripTarget
  | ConnmarkTarget
  | ConnsecmarkTarget
  | CtTarget
  | DnatTarget
  | DscpTarget
  | EcnTarget
  | HmarkTarget
  | IdletimerTarget
  | LedTarget
  | LogTarget
  | MarkTarget
  | MasqueradeTarget
  | NetmapTarget
  | NflogTarget
  | NfqueueTarget
  | NotrackTarget
  | NptTarget<'SNPT'>
  | NptTarget<'DNPT'>
  | RateestTarget
  | RedirectTarget
  | RejectTarget
  | RetiredTarget
  | SecmarkTarget
  | SetTarget
  | SnatTarget
  | StandardTarget
  | SynproxyTarget
  | TcpmssTarget
  | TcpoptstripTarget
  | TeeTarget
  | TosTarget
  | TproxyTarget
  | TraceTarget
  | TtlTarget<'TTL'>
  | TtlTarget<'HL'>
  | UlogTarget
