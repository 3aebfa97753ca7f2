import type { Step } from '../../../datapath/trace.ts'
import { ownerOf, type Scene } from '../../scene.ts'
import type { Family } from '../cause.ts'
import type { CauseId } from '../ids.ts'
import { accuse, faultOfStep, quoted, withoutStep } from '../suspect.ts'
import { isLeftPolicy } from './stale-policy.ts'
import { isTunnelled, isTunnelsOwn } from './tunnelled.ts'

/** What a rule or policy that stopped a packet may be, by where it stands and whose it is. */
interface Refusal {
  readonly id: CauseId
  readonly likelihood: number
  readonly says: string
  readonly holds: (refused: Refused) => boolean
}

/** A rule or policy that stopped a packet, on the model or really. */
export interface Refused {
  readonly step: Step
  readonly owner: string
  /** The packet was a tunnel's own. */
  readonly tunnelled: boolean
  readonly scene: Scene
  /** What it met before, as far as that is told. */
  readonly steps?: readonly Step[] | undefined
}

const chainIs =
  (pattern: RegExp) =>
  ({ step }: Refused): boolean =>
    pattern.test(step.chain ?? '')
const ownerIs =
  (...ids: readonly string[]) =>
  ({ owner }: Refused): boolean =>
    ids.includes(owner)
const hookIs =
  (hook: string) =>
  ({ step }: Refused): boolean =>
    step.hook === hook

const isPolicyEngine = (refused: Refused): boolean =>
  ownerIs('calico', 'kube-router', 'weave', 'cilium', 'kube-network-policies')(refused) ||
  chainIs(/^(KUBE-(NWPLCY|POD-FW|ROUTER)|WEAVE-NPC)/)(refused)

/** The first that holds is the cause; those further down are what it looks like from farther off. */
const REFUSALS: readonly Refusal[] = [
  {
    id: 'overlay.blocked',
    likelihood: 0.95,
    says: "the tunnel's own packets are refused",
    holds: ({ tunnelled }) => tunnelled,
  },
  {
    id: 'service.no-endpoints',
    likelihood: 0.95,
    says: 'kube-proxy refuses a Service that has no endpoint',
    holds: ({ step, owner }) => owner === 'kube-proxy' && /has no endpoints|no-endpoint/.test(`${step.chain} ${step.text}`),
  },
  {
    id: 'service.traffic-policy',
    likelihood: 0.95,
    says: 'kube-proxy drops it, since the Service has no endpoint on this node and its traffic policy is Local',
    holds: ({ step }) => /has no local endpoints|no-local-endpoint/.test(`${step.chain} ${step.text}`),
  },
  {
    id: 'service.source-ranges',
    likelihood: 0.95,
    says: "the sender is not in the Service's loadBalancerSourceRanges",
    holds: ({ step }) =>
      /^KUBE-(FW-|PROXY-FIREWALL$)|^firewall-|^firewall$/.test(step.chain ?? '') ||
      /traffic not accepted by|loadbalancer firewall/.test(step.text),
  },
  {
    id: 'filter.invalid-drop',
    likelihood: 0.9,
    says: 'packets in conntrack state INVALID are dropped',
    holds: ({ step }) => /--ctstate INVALID|--state INVALID|ct state invalid/.test(step.text),
  },
  { id: 'filter.docker-user', likelihood: 0.95, says: 'a rule in DOCKER-USER refuses it', holds: chainIs(/^DOCKER-USER$/) },
  {
    id: 'filter.raw-drop',
    likelihood: 0.9,
    says: 'it is dropped before it is routed',
    holds: ({ step }) =>
      step.table === 'raw' ||
      (step.table === 'mangle' && step.hook === 'PREROUTING') ||
      (step.hook === 'PREROUTING' && step.table !== 'nat'),
  },
  {
    id: 'policy.stale',
    likelihood: 0.94,
    says: 'rules of a policy that does not exist any more refuse it',
    holds: (refused) => isPolicyEngine(refused) && isLeftPolicy(refused.scene, refused.steps ?? [], refused.step),
  },
  { id: 'policy.calico', likelihood: 0.92, says: "Calico's rules refuse it", holds: ownerIs('calico') },
  {
    id: 'policy.kubernetes',
    likelihood: 0.92,
    says: 'the rules of a NetworkPolicy refuse it',
    holds: isPolicyEngine,
  },
  {
    id: 'filter.docker-isolation',
    likelihood: 0.92,
    says: "Docker's isolation of its networks refuses it",
    holds: (refused) => ownerIs('docker')(refused) && !isPolicy(refused.step),
  },
  { id: 'filter.firewalld-zone', likelihood: 0.93, says: 'firewalld admits it in no zone', holds: ownerIs('firewalld') },
  {
    id: 'filter.ufw',
    likelihood: 0.93,
    says: 'ufw refuses it',
    holds: (refused) => ownerIs('ufw')(refused) || (isPolicy(refused.step) && hasUfw(refused)),
  },
  {
    id: 'filter.forward-policy',
    likelihood: 0.9,
    says: "no rule lets it pass, and the chain's policy is to drop",
    holds: ({ step }) => isPolicy(step) && step.hook === 'FORWARD',
  },
  {
    id: 'filter.forward-rule',
    likelihood: 0.88,
    says: 'a rule on the FORWARD path refuses it',
    holds: (refused) => hookIs('FORWARD')(refused) || hookIs('POSTROUTING')(refused),
  },
  { id: 'filter.input-rule', likelihood: 0.88, says: "the host's own firewall refuses it", holds: hookIs('INPUT') },
  { id: 'filter.output-rule', likelihood: 0.9, says: 'the host may not send it', holds: hookIs('OUTPUT') },
]

const isPolicy = (step: Step): boolean => step.kind === 'policy'

/** ufw sets the policies of the built-in chains that it hooks its own into. */
function hasUfw({ step, scene }: Refused): boolean {
  return scene.documents.some(
    ({ content, file }) =>
      content.kind === 'iptables' &&
      file === step.evidence?.file &&
      content.ruleset.tables.some(
        ({ name, chains }) => name === step.table && (chains.has('ufw-before-input') || chains.has('ufw6-before-input')),
      ),
  )
}

/** What cause it is that this rule or policy refuses; undefined: nothing tells where it stands. */
export const refusalOf = (refused: Refused): Pick<Refusal, 'id' | 'likelihood' | 'says'> | undefined =>
  REFUSALS.find(({ holds }) => holds(refused))

export const REFUSAL_IDS: readonly CauseId[] = REFUSALS.map(({ id }) => id)

/** A rule or a policy stops the packet, or its answer: the causes of the families filter.*, policy.*, and those of Services that are rules. */
export const REFUSED: Family = {
  finds: REFUSAL_IDS,
  suspects: (scene) =>
    scene.blames.flatMap((blame) => {
      const { step } = blame
      if (blame.kind !== 'stopped' || step?.chain === undefined) return []
      const found = refusalOf({
        step,
        owner: ownerOf(scene, step),
        tunnelled: isTunnelled(blame.part, step) || isTunnelsOwn(scene, blame.part.packet),
        scene,
        steps: blame.part.steps,
      })
      if (!found) return []
      const way = blame.direction === 'back' ? 'the answer comes back, and ' : ''
      return [
        accuse(found.id, blame, {
          where: faultOfStep(step),
          because: [quoted(`${way}${found.says}`, step)],
          likelihood: found.likelihood,
          without: [withoutStep(step)],
        }),
      ]
    }),
}
