import type { Family } from '../../../net/address.ts'
import { type Decision, unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { MatchModule } from '../module.ts'
import { comment } from './comment.ts'
import type { ExtensionMatch, Match } from './index.ts'
import { udp } from './udp.ts'

/** A match's module without its node's type: whoever looks one up by `match.kind` may hand it that match. */
export type AnyMatchModule = MatchModule<ExtensionMatch>

const modules: readonly AnyMatchModule[] = [comment, udp]

/** Every match extension by the names that -m takes. */
export const matchModules: ReadonlyMap<string, AnyMatchModule> = new Map(
  modules.flatMap((module) => [module.kind, ...(module.names ?? [])].map((name) => [name, module] as const)),
)

function moduleOf(match: ExtensionMatch): AnyMatchModule {
  const module = matchModules.get(match.kind)
  if (!module) throw new Error(`no module for match ${match.kind}`)
  return module
}

/** Does the packet meet the condition? What is not understood is unknown. */
export function decideMatch(match: Match, scene: Scene): Decision {
  if (match.kind === 'opaque') return unknown(`what -m ${match.name} tests is not known`)
  return moduleOf(match).decide(match, scene)
}

/** `-m NAME OPTIONS` as iptables-save prints it. */
export function printMatch(match: Match, family: Family): string {
  if (match.kind === 'opaque') return `-m ${match.text}`
  const options = moduleOf(match).print(match, family)
  return options === '' ? `-m ${match.kind}` : `-m ${match.kind} ${options}`
}

/** A phrase that completes "the packet …". */
export function explainMatch(match: Match): string {
  if (match.kind === 'opaque') return `meets ${match.name}, which is not understood`
  return moduleOf(match).explain(match)
}
