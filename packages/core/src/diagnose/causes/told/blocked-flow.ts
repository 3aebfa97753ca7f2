import type { Observation } from '../../observations/observation.ts'
import type { Scene } from '../../scene.ts'
import { type Aim, aimsOf } from '../aim.ts'
import type { Family, Suspect } from '../cause.ts'
import type { CauseId } from '../ids.ts'

type Logged = Extract<Observation, { readonly kind: 'log' }> & { readonly id: string }

/** Whose prefix it is that LOG rules write in front. */
const PREFIXES: readonly (readonly [RegExp, CauseId])[] = [
  [/\[UFW BLOCK\]|\[UFW LIMIT BLOCK\]/, 'filter.ufw'],
  [/FINAL_REJECT|STATE_INVALID_DROP|_(?:DROP|REJECT): |filter_\w+_(?:DROP|REJECT)/, 'filter.firewalld-zone'],
  [/calico-(?:packet|drop)/i, 'policy.calico'],
]

/** A firewall's own log shows that it refused the very connection that fails: the same target, and the same port. */
export const blockedFlow: Family = {
  finds: ['filter.ufw', 'filter.firewalld-zone', 'policy.calico'],
  suspects: (scene) => {
    const logs = scene.observations.filter((one): one is Logged => one.kind === 'log' && one.flow !== undefined)
    return aimsOf(scene).flatMap((aim) => suspect(scene, aim, logs) ?? [])
  },
}

function suspect(_: Scene, aim: Aim, logs: readonly Logged[]): Suspect | undefined {
  const { symptom, addresses, ports } = aim
  for (const { text, flow, source, host, id } of logs) {
    const cause = PREFIXES.find(([form]) => form.test(text))?.[1]
    if (cause === undefined || flow?.dst === undefined || !addresses.has(flow.dst)) continue
    if (ports.size > 0 && flow.dport > 0 && !ports.has(flow.dport)) continue
    return {
      cause,
      where: { host: host ?? '', object: 'the rule that logs what it refuses', source },
      because: [{ text: `the firewall's log has the connection that fails: ${text}`, source, observation: id }],
      against: [],
      likelihood: 0.93,
      explains: [id, ...(symptom.observation === undefined ? [] : [symptom.observation])],
    }
  }
  return undefined
}
