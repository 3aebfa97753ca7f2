import { listenerFor } from '../../../datapath/sockets.ts'
import type { Outcome, Step } from '../../../datapath/trace.ts'
import type { Change } from '../../../model/change/change.ts'
import { namespaceIn } from '../../../model/model.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { contains, network } from '../../../net/prefix.ts'
import { isLoopback } from '../../../net/special.ts'
import { endText } from '../../meant.ts'
import { observationsOf, ownerOf, type Scene, type Symptom } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'
import type { CauseId } from '../ids.ts'
import { faultOfStep, quoted, ruleSpotOf, withoutStep } from '../suspect.ts'
import { translatedFirst, translationsOf } from './translation.ts'

/** Another server answers than the one that was asked for: who sent the packet there, or who else has its address or port. */
export const WRONG_SERVER: Family = {
  finds: ['nat.hijack', 'nat.stale-target', 'nat.hostport', 'service.proxy-stale', 'host.neighbour', 'host.port-conflict'],
  suspects: (scene) =>
    scene.symptoms
      .filter(({ result }) => result === 'wrong-server')
      .flatMap((symptom) => [
        ...translated(scene, symptom),
        ...symptom.outcomes.flatMap((outcome) => [...twins(scene, symptom, outcome), ...hostItself(scene, symptom, outcome)]),
      ]),
}

type Told = Pick<Suspect, 'where' | 'because' | 'likelihood'> & { readonly without?: readonly (Change | undefined)[] }

function suspect(cause: CauseId, symptom: Symptom, { without = [], ...told }: Told): Suspect {
  const changes = without.filter((change) => change !== undefined)
  return { cause, ...told, against: [], ...(changes.length > 0 ? { without: changes } : {}), explains: observationsOf(symptom) }
}

/** A rule translates the packet to a server that is not meant. A rule that picks among several is as guilty as all that it picks. */
function translated(scene: Scene, symptom: Symptom): readonly Suspect[] {
  const misled = symptom.outcomes.filter(({ packet }) => symptom.meant?.ends.has(endText(packet.dst, packet.dport)) !== true)
  const first = misled.flatMap((outcome) => {
    const [step] = translationsOf(outcome.steps)
    return step ? [{ step, outcome }] : []
  })
  const rules = new Map(
    first.map((one) => [`${one.step.host} ${one.step.netns} ${one.step.table} ${one.step.chain} ${one.step.rule}`, one]),
  )
  const all = [...rules.values()].map(({ step }) => withoutStep(step))
  return [...rules.values()].map(({ step, outcome }) => {
    const former = formerTarget(scene, symptom, step, outcome)
    if (former) return former
    return suspect('nat.hijack', symptom, {
      where: faultOfStep(step),
      because: [translatedFirst(scene, step), ...meantText(symptom, outcome)],
      // Nobody tells that the proxy's own rule leads to the wrong server.
      likelihood: symptom.meant === undefined && ['kube-proxy', 'docker'].includes(ownerOf(scene, step)) ? 0.7 : 0.9,
      without: all,
    })
  })
}

const meantText = ({ meant }: Symptom, { packet }: Outcome): readonly Because[] =>
  meant
    ? [{ text: `${endText(packet.dst, packet.dport)} is none of ${meant.who}, which has ${[...meant.ends].slice(0, 4).join(', ')}` }]
    : []

/** The rule is the right program's, for the right Service or container, and leads where that was before; somebody else has the address now. */
function formerTarget(scene: Scene, symptom: Symptom, step: Step, outcome: Outcome): Suspect | undefined {
  const { meant } = symptom
  const owner = ownerOf(scene, step)
  if (!meant || !isOwn(symptom, owner, step)) return undefined
  const [right] = meant.ends
  const text = step.text.replace(/--to-destination \S+/, `--to-destination ${right}`)
  const mended: Change | undefined =
    step.rule !== undefined && text !== step.text ? { kind: 'rule-replaced', at: ruleSpotOf(step), text } : undefined
  const told: Told = {
    where: faultOfStep(step),
    because: [quoted('the packet is sent on by', step), ...meantText(symptom, outcome), ...whose(scene, outcome)],
    likelihood: 0.93,
    without: symptom.outcomes.length === 1 ? [mended] : [],
  }
  return suspect(owner === 'kube-proxy' ? 'service.proxy-stale' : 'nat.stale-target', symptom, told)
}

/** kube-proxy writes the Service into its comments; Docker's rule for a published port can be for no other. */
function isOwn({ meant }: Symptom, owner: string, { text }: Step): boolean {
  if (owner === 'docker') return meant?.who.startsWith('container ') === true
  const service = /^Service (\S+)$/.exec(meant?.who ?? '')?.[1]
  return owner === 'kube-proxy' && service !== undefined && (text.includes(`"${service}"`) || text.includes(`"${service}:`))
}

function whose({ objects }: Scene, { packet }: Outcome): readonly Because[] {
  const address = formatAddress(packet.dst)
  const pod = objects.pods.find(({ addresses, hostNetwork }) => !hostNetwork && addresses.includes(packet.dst))
  if (pod) return [{ text: `${address} is the address of Pod ${pod.namespace}/${pod.name} now`, source: pod.source }]
  const known = objects.containers.find(({ container }) => container.endpoints.some(({ addresses }) => addresses.includes(packet.dst)))
  return known ? [{ text: `${address} is the address of container ${known.container.name} now`, source: known.container.source }] : []
}

/** Two namespaces that can hear each other's ARP have the address: whoever answers first has the packet (arp_process). */
function twins({ model }: Scene, symptom: Symptom, { packet, at }: Outcome): readonly Suspect[] {
  if (isLoopback(packet.dst)) return []
  const owners = (model.owners.get(packet.dst) ?? []).filter(({ address }) => address.device !== 'kube-ipvs0' && address.device !== 'lo')
  const answers = owners.find(({ namespace }) => namespace.host === at.host && namespace.name === at.netns)
  const other = owners.find(
    (one) => answers !== undefined && one.namespace !== answers.namespace && areNear(one.namespace, answers.namespace),
  )
  if (!answers || !other) return []
  const address = formatAddress(packet.dst)
  return [
    suspect('host.neighbour', symptom, {
      where: { host: at.host, netns: at.netns, object: `address ${address}`, source: answers.address.source },
      because: [
        { text: `${address} is on ${answers.address.device} of ${answers.namespace.id}, which answers`, source: answers.address.source },
        { text: `and on ${other.address.device} of ${other.namespace.id} too`, source: other.address.source },
      ],
      likelihood: 0.93,
      without: [
        {
          kind: 'address-removed',
          at: { host: answers.namespace.host, netns: answers.namespace.name },
          device: answers.address.device,
          address,
        },
      ],
    }),
  ]
}

/** Namespaces of one host, or hosts themselves: pods of different hosts share no link. */
const areNear = (a: Namespace, b: Namespace): boolean => a.host === b.host || (a.name === '' && b.name === '' && shareLink(a, b))

const shareLink = (a: Namespace, b: Namespace): boolean =>
  a.addresses.some(
    ({ device, address, prefixLength }) =>
      prefixLength < 32 &&
      a.links.get(device)?.type !== 'bridge' &&
      b.addresses.some((other) => contains(network(address, prefixLength), other.address) && b.links.get(other.device)?.type !== 'bridge'),
  )

/** A process of the host has the port that somebody else publishes there, and nothing translates what comes this way. */
function hostItself(scene: Scene, symptom: Symptom, outcome: Outcome): readonly Suspect[] {
  const { at, packet, steps, verdict } = outcome
  const namespace = namespaceIn(scene.model, at)
  if (!symptom.meant || verdict !== 'delivered' || at.netns !== '' || !namespace || translationsOf(steps).length > 0) return []
  const listener = listenerFor(namespace, packet, at.interface)
  const socket = listener.kind === 'listens' ? listener.socket : undefined
  if (!socket || socket.process === 'docker-proxy') return []
  const port = `port ${packet.dport}`
  return [
    suspect('host.port-conflict', symptom, {
      where: { host: at.host, object: `${port} of host ${at.host}`, source: socket.source },
      because: [
        {
          text: `${socket.process ?? 'a process'} of the host listens on ${port}, and no rule translates what comes this way`,
          source: socket.source,
        },
        ...meantText(symptom, outcome),
      ],
      likelihood: 0.9,
    }),
  ]
}
