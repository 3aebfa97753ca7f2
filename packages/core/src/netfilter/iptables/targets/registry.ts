import type { Family } from '../../../net/address.ts'
import { type Action, CONTINUE } from '../../action.ts'
import { unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { TargetModule } from '../module.ts'
import { audit } from './audit.ts'
import { checksum } from './checksum.ts'
import { classify } from './classify.ts'
import { clusterip } from './clusterip.ts'
import { connmark } from './connmark.ts'
import { connsecmark } from './connsecmark.ts'
import { ct } from './ct.ts'
import { dnat } from './dnat.ts'
import { dscp } from './dscp.ts'
import { ecn } from './ecn.ts'
import { hmark } from './hmark.ts'
import { idletimer } from './idletimer.ts'
import type { ExtensionTarget, Target } from './index.ts'
import { led } from './led.ts'
import { log } from './log.ts'
import { mark } from './mark.ts'
import { masquerade } from './masquerade.ts'
import { netmap } from './netmap.ts'
import { nflog } from './nflog.ts'
import { nfqueue } from './nfqueue.ts'
import { notrack } from './notrack.ts'
import { dnpt, snpt } from './npt.ts'
import { rateest } from './rateest.ts'
import { redirect } from './redirect.ts'
import { reject } from './reject.ts'
import { balance, mirror, same } from './retired.ts'
import { secmark } from './secmark.ts'
import { set } from './set.ts'
import { snat } from './snat.ts'
import { acceptTarget, dropTarget, queueTarget, returnTarget } from './standard.ts'
import { synproxy } from './synproxy.ts'
import { tcpmss } from './tcpmss.ts'
import { tcpoptstrip } from './tcpoptstrip.ts'
import { tee } from './tee.ts'
import { tos } from './tos.ts'
import { tproxy } from './tproxy.ts'
import { trace } from './trace.ts'
import { hl, ttl } from './ttl.ts'
import { ulog } from './ulog.ts'

/** A target's module without its node's type: whoever looks one up by `target.kind` may hand it that target. */
export type AnyTargetModule = TargetModule<ExtensionTarget>

const modules: readonly AnyTargetModule[] = [
  acceptTarget,
  audit,
  balance,
  checksum,
  classify,
  clusterip,
  connmark,
  connsecmark,
  ct,
  dnat,
  dnpt,
  dropTarget,
  dscp,
  ecn,
  hl,
  hmark,
  idletimer,
  led,
  log,
  mark,
  masquerade,
  mirror,
  netmap,
  nflog,
  nfqueue,
  notrack,
  queueTarget,
  rateest,
  redirect,
  reject,
  returnTarget,
  same,
  secmark,
  set,
  snat,
  snpt,
  synproxy,
  tcpmss,
  tcpoptstrip,
  tee,
  tos,
  tproxy,
  trace,
  ttl,
  ulog,
]

/** Every target extension by the name that -j takes. */
export const targetModules: ReadonlyMap<string, AnyTargetModule> = new Map(
  modules.flatMap((module) => [module.kind, ...(module.names ?? [])].map((name) => [name, module] as const)),
)

function moduleOf(target: ExtensionTarget): AnyTargetModule {
  const module = targetModules.get(target.kind)
  if (!module) throw new Error(`no module for target ${target.kind}`)
  return module
}

/** What the packet meets. A rule without -j only counts. */
export function actTarget(target: Target | undefined, scene: Scene): Action {
  if (!target) return CONTINUE
  switch (target.kind) {
    case 'jump':
    case 'goto':
      return target
    case 'opaque':
      return { kind: 'unknown', unknown: unknown(`what -j ${target.name} does is not known`) }
    default:
      return moduleOf(target).act(target, scene)
  }
}

/** `-j NAME OPTIONS` or `-g CHAIN`, as iptables-save prints it. */
export function printTarget(target: Target, family: Family): string {
  switch (target.kind) {
    case 'jump':
      return `-j ${target.chain}`
    case 'goto':
      return `-g ${target.chain}`
    case 'opaque':
      return `-j ${target.text}`
    default: {
      const options = moduleOf(target).print(target, family)
      return options === '' ? `-j ${target.kind}` : `-j ${target.kind} ${options}`
    }
  }
}

/** A sentence's verb part. */
export function explainTarget(target: Target | undefined): string {
  if (!target) return 'only counts it'
  switch (target.kind) {
    case 'jump':
      return `goes through chain ${target.chain}`
    case 'goto':
      return `goes on in chain ${target.chain} and does not come back here`
    case 'opaque':
      return `hands it to ${target.name}, which is not understood`
    default:
      return moduleOf(target).explain(target)
  }
}
