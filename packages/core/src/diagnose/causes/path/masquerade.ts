import type { Change } from '../../../model/change/change.ts'
import { namespaceIn } from '../../../model/model.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { contains } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import { ownerOf, type Scene } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'
import { accuse, faultOfStep, quoted, withoutStep } from '../suspect.ts'
import { isOverlay } from './beyond-overlay.ts'

/** A packet leaves the host with an address that nobody beyond can answer to; or its answer goes past the host that has to translate it back. */
export const MASQUERADE_MISSING: Family = {
  finds: ['nat.masquerade-missing', 'nat.masquerade-extra'],
  suspects: (scene) => scene.blames.flatMap((blame) => [...[unanswerable(scene, blame) ?? []].flat(), ...disguised(scene, blame)]),
}

function unanswerable(scene: Scene, blame: Blame): Suspect | undefined {
  if (blame.kind !== 'no-answer' && blame.kind !== 'wrong-answer') return undefined
  // Somebody answers.
  if (blame.symptom.result === 'wrong-server') return undefined
  const { outcome } = blame
  const last = outcome.steps.findLast(({ route }) => route?.dev !== undefined)
  const at = last && namespaceIn(scene.model, last)
  const device = blame.kind === 'no-answer' ? outcome.at.interface : last?.route?.dev
  if (!at || device === undefined || isOwn(at, outcome.packet.src)) return undefined
  // An overlay carries pods' packets with their own source: the other end knows it.
  if (isOverlay(at, device)) return undefined
  const home = at.fib[outcome.packet.family].routes.find(
    ({ destination, nextHops, type }) =>
      type === 'unicast' &&
      destination.length > 0 &&
      contains(destination, outcome.packet.src) &&
      nextHops.every((hop) => hop.device !== device),
  )
  if (blame.kind === 'no-answer' && !home) return undefined
  const masks: Change = {
    kind: 'rule-added',
    at: { host: at.host, netns: at.name, family: outcome.packet.family, table: 'nat', chain: 'POSTROUTING' },
    position: 1,
    text: `-A POSTROUTING -s ${formatAddress(outcome.packet.src)} -o ${device} -j MASQUERADE`,
  }
  const excluded = outcome.steps.findLast(
    (step) =>
      step.table === 'nat' &&
      step.hook === 'POSTROUTING' &&
      step.host === at.host &&
      (step.effect === 'RETURN' || step.effect === 'ACCEPT') &&
      step.rule !== undefined,
  )
  const untracked = outcome.steps.find(
    (step) => step.table === 'raw' && step.host === at.host && step.netns === at.name && /\bnotrack\b/i.test(`${step.effect} ${step.text}`),
  )
  const because: Because[] = [
    {
      text: `it leaves by ${device} of ${at.id} with the source ${formatAddress(outcome.packet.src)}, which is not the host's: ${answerOf(blame)}`,
      source: last?.evidence,
    },
  ]
  const keeps = untracked ?? excluded
  if (keeps)
    because.push(quoted(`this rule keeps it from being ${untracked ? 'tracked, and so from any translation' : 'masqueraded'}`, keeps))
  const rule =
    keeps?.rule !== undefined && keeps.table !== undefined && keeps.chain !== undefined
      ? { table: keeps.table, chain: keeps.chain, rule: keeps.rule, text: keeps.text, source: keeps.evidence }
      : undefined
  return accuse('nat.masquerade-missing', blame, {
    where: {
      host: at.host,
      netns: at.name,
      object: rule
        ? `rule ${rule.rule} of chain ${rule.chain} (${(keeps && ownerOf(scene, keeps)) || 'nobody known'})`
        : 'no rule in POSTROUTING masquerades it',
      source: keeps?.evidence,
      ...(rule ? { rule } : {}),
    },
    because,
    likelihood: 0.85,
    without: untracked ? [withoutStep(untracked), masks] : [masks],
  })
}

const isOwn = (at: Namespace, address: Blame['part']['packet']['src']): boolean => at.owned.has(address)

const answerOf = ({ kind }: Blame): string =>
  kind === 'no-answer' ? 'nobody beyond is known to have a way back to it' : 'the answer does not come back the way that it went'

const REWRITES = new Set(['MASQUERADE', 'SNAT'])

/** The source was translated, and what stands behind knows only the one that it had: the proof tells whether it would have let that pass. */
function disguised(scene: Scene, blame: Blame): readonly Suspect[] {
  if (blame.kind === 'not-listening' || blame.kind === 'open') return []
  const { steps } = blame.outcome
  return steps.flatMap((step, at) => {
    if (step.kind !== 'rule' || !REWRITES.has(step.effect ?? '')) return []
    const end = blame.direction === 'back' ? undefined : blame.step
    // Refused at the same hook or before, it is not for its new source.
    if (end && steps.indexOf(end) <= at) return []
    const meant = ['kube-proxy', 'docker', 'cni-portmap'].includes(ownerOf(scene, step))
    return [
      accuse('nat.masquerade-extra', blame, {
        where: faultOfStep(step),
        because: [
          quoted('its source is translated on the way', step),
          ...(end ? [quoted(`and then, as ${formatAddress(blame.part.packet.src)}, it is refused`, end)] : []),
        ],
        likelihood: meant ? 0.6 : 0.94,
        without: [withoutStep(step)],
      }),
    ]
  })
}
