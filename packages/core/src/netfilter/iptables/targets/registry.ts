import type { Family } from '../../../net/address.ts'
import { type Action, CONTINUE } from '../../action.ts'
import { unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { TargetModule } from '../module.ts'
import type { ExtensionTarget, Target } from './index.ts'
import { acceptTarget, dropTarget, queueTarget, returnTarget } from './standard.ts'

/** A target's module without its node's type: whoever looks one up by `target.kind` may hand it that target. */
export type AnyTargetModule = TargetModule<ExtensionTarget>

const modules: readonly AnyTargetModule[] = [acceptTarget, dropTarget, returnTarget, queueTarget]

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
