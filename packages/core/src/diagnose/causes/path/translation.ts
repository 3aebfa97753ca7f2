import type { Step } from '../../../datapath/trace.ts'
import { namespaceIn } from '../../../model/model.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Blame } from '../../blame.ts'
import { ownerOf, type Scene } from '../../scene.ts'
import type { Because, Cause, Family, Suspect } from '../cause.ts'
import { accuse, faultOfStep, quoted, withoutStep } from '../suspect.ts'
import { isOverlay } from './beyond-overlay.ts'
import { isTunnelled } from './tunnelled.ts'

const TRANSLATES = new Set(['DNAT', 'REDIRECT', 'TPROXY'])

export const translationsOf = (steps: readonly Step[]): readonly Step[] =>
  steps.filter(({ kind, effect }) => kind === 'rule' && effect !== undefined && TRANSLATES.has(effect.toUpperCase()))

/**
 * The first rule that translates takes the packet (nf_nat_setup_info() runs once for a direction): one that is not meant for it keeps it
 * from the one that is. Whether another rule is behind it, or nothing need be, the proof tells.
 */
export const HIJACK: Cause = {
  id: 'nat.hijack',
  suspects: (scene) =>
    scene.blames
      .filter(({ kind, direction }) => kind === 'not-listening' || kind === 'no-answer' || kind === 'wrong-answer' || direction === 'there')
      .flatMap((blame) => ofBlame(scene, blame)),
}

function ofBlame(scene: Scene, blame: Blame): readonly Suspect[] {
  const [step] = translationsOf(blame.outcome.steps)
  if (!step) return []
  // kube-proxy's and Docker's own translations lead where they are meant to.
  const meant = ['kube-proxy', 'docker'].includes(ownerOf(scene, step)) && step.effect !== 'REDIRECT'
  if (meant) return []
  return [
    accuse('nat.hijack', blame, {
      where: faultOfStep(step),
      because: [translatedFirst(scene, step)],
      likelihood: 0.9,
      without: [withoutStep(step)],
    }),
  ]
}

/** Why a rule that translates is suspected of it. */
export function translatedFirst(scene: Scene, step: Step): Because {
  const owner = scene.ownership(step)
  const by = owner && owner.owner.id !== 'administrator' ? ` (${owner.owner.name})` : ''
  return quoted(`the packet is translated by a rule${by} that comes first`, step)
}

/** A rule sends the packet to an address that nobody has. */
export const STALE_TARGET: Family = {
  finds: ['nat.stale-target', 'nat.hostport'],
  suspects: (scene) =>
    [...scene.blames, ...scene.doubts].flatMap((blame) => {
      const step = translationsOf(blame.outcome.steps).at(-1)
      if (!step || blame.direction === 'back') return []
      const { reason, packet } = blame.part
      const lost =
        reason === 'no-neighbour' ||
        reason === 'no-route' ||
        reason === 'blackhole' ||
        blame.kind === 'no-answer' ||
        isUnheard(scene, blame)
      // What goes into a tunnel finds nobody for another reason than its translation.
      const at = namespaceIn(scene.model, blame.part.at)
      if (at && isOverlay(at, blame.part.at.interface)) return []
      if (!lost || isOnItsWay(blame) || scene.model.owners.has(packet.dst) || isPodOrContainer(scene, packet.dst)) return []
      const told = {
        where: faultOfStep(step),
        because: [
          quoted('the packet is sent on by', step),
          { text: `nothing in the evidence has the address ${formatAddress(packet.dst)}`, source: blame.step?.evidence },
        ],
        likelihood: reason === 'no-neighbour' ? 0.92 : 0.75,
        without: [withoutStep(step)],
      }
      // The portmap plugin's rules of a pod that is gone, as its DEL never came or failed.
      const left = isHostPort(scene, step) ? [accuse('nat.hostport', blame, { ...told, likelihood: told.likelihood + 0.04 })] : []
      return [...left, accuse('nat.stale-target', blame, told)]
    }),
}

/** It was lost before it came to the network of its target: by a router or the end of a tunnel, not by who has the address. */
function isOnItsWay({ part, step }: Blame): boolean {
  const route = part.steps.findLast((one) => one.route !== undefined)?.route
  if (step && isTunnelled(part, step)) return true
  return step?.kind === 'encap' || (part.reason === 'no-neighbour' && route?.via !== undefined)
}

/** Reported unreachable, and the host that has its network on a bridge of its own has no link address of it. */
function isUnheard({ model }: Scene, { kind, symptom, outcome }: Blame): boolean {
  if (kind !== 'doubted' || symptom.result !== 'unreachable') return false
  const at = model.hosts.get(outcome.at.host)
  const device = outcome.steps.findLast(({ route }) => route?.dev !== undefined)?.route?.dev
  if (!at || device === undefined || !at.portsOf.has(device)) return false
  return !at.neighbours.some(({ address, mac }) => address === outcome.packet.dst && mac !== undefined)
}

const isHostPort = (scene: Scene, step: Step): boolean =>
  ownerOf(scene, step) === 'cni-portmap' || /^(CNI-(DN|HOSTPORT)-|KUBE-(HP|HOSTPORTS)\b)/.test(step.chain ?? '')

function isPodOrContainer({ objects }: Scene, address: Blame['part']['packet']['dst']): boolean {
  return (
    objects.pods.some(({ addresses }) => addresses.includes(address)) ||
    objects.containers.some(({ container }) => container.endpoints.some(({ addresses }) => addresses.includes(address)))
  )
}

/** iptables-legacy and iptables-nft both hold rules that act, and the ones that decide are those of the program that is not in use. */
export const BACKEND_MIXED: Cause = {
  id: 'backend.mixed',
  suspects: (scene) =>
    [...scene.blames, ...scene.doubts].flatMap((blame) => {
      const { steps } = blame.outcome
      const culprit = blame.step?.chain === undefined ? translationsOf(steps).at(-1) : blame.step
      if (!culprit) return []
      const rulesets = scene.documents.filter(
        ({ content, place }) =>
          content.kind === 'iptables' &&
          place.netns === culprit.netns &&
          content.ruleset.family === (culprit.family ?? 'ip') &&
          content.ruleset.tables.some(({ chains }) => [...chains.values()].some(({ rules }) => rules.length > 0)),
      )
      const legacy = rulesets.find(({ content }) => content.kind === 'iptables' && content.ruleset.backend === 'legacy')
      const other = rulesets.find((document) => document !== legacy && document.place.host === legacy?.place.host)
      if (!legacy || !other || culprit.evidence?.file !== legacy.file) return []
      return [
        accuse('backend.mixed', blame, {
          where: {
            host: culprit.host,
            netns: culprit.netns,
            object: 'the rules of iptables-legacy',
            source: { file: legacy.file, line: 1 },
          },
          because: [
            quoted('the rule that decides is one of iptables-legacy', culprit),
            { text: 'iptables-nft holds live rules as well', source: { file: other.file, line: 1 } },
          ],
          likelihood: 0.95,
          without: [
            {
              kind: 'ruleset-removed',
              at: { host: culprit.host, netns: culprit.netns },
              file: legacy.file,
              family: culprit.family ?? 'ip',
            },
          ],
        }),
      ]
    }),
}
