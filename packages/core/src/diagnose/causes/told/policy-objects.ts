import type { Cluster } from '../../../model/kubernetes/cluster.ts'
import { type PlaceText, parsePlace } from '../../../model/place.ts'
import { evaluatePolicies } from '../../../model/policy/evaluate.ts'
import { policiesOf } from '../../../model/policy/policies.ts'
import { isBad, type Question, questionsOf } from '../../../model/policy/question.ts'
import { networkPolicyOf } from '../../../parse/kubernetes/network-policy.ts'
import type { Scene, Symptom } from '../../scene.ts'
import { aimsOf } from '../aim.ts'
import type { Cause, Suspect } from '../cause.ts'
import { clusterOf } from '../cluster.ts'
import { towardsService } from '../relevance.ts'
import { suspected, told } from '../state.ts'

/**
 * The NetworkPolicy objects themselves deny the connection, where no captured rule can tell: Calico and Cilium drop it in silence,
 * kube-router refuses it.
 */
export const policyOfObjects: Cause = {
  id: 'policy.kubernetes',
  suspects: (scene) => {
    const { objects } = clusterOf(scene)
    return objects.some(({ object }) => object.kind === 'NetworkPolicy')
      ? aimsOf(scene).flatMap(({ symptom }) => (isOpen(symptom) ? suspects(scene, symptom) : []))
      : []
  },
}

const FITS: ReadonlySet<string | undefined> = new Set(['timeout', 'refused', 'fails', undefined])

/** Nothing of the rules on its way was captured. */
const isOpen = ({ result, outcomes }: Symptom): boolean => FITS.has(result) && outcomes.every(({ verdict }) => verdict === 'unknown')

function suspects(scene: Scene, symptom: Symptom): readonly Suspect[] {
  const cluster = clusterOf(scene)
  const whole = { ...cluster, objects: cluster.objects.filter(({ object, partial }) => object.kind !== 'NetworkPolicy' || !partial) }
  const policies = policiesOf(whole)
  if (policies.ranked.length === 0) return listed(scene, symptom)
  const from = parsePlace(symptom.request.from)
  const to = targetOf(scene, symptom)
  if (!from || !to || symptom.untraceable === 'the evidence does not tell who tried') return listed(scene, symptom)
  const questions = questionsTo(whole, from, to)
  if (questions.length === 0) return []
  const answers = questions.map(({ flow }) => evaluatePolicies(policies, flow))
  const [first] = answers
  if (!first || answers.some(({ verdict }) => verdict !== 'denied')) return []
  const side = first.ingress.verdict === 'denied' ? first.ingress : first.egress
  const others = cluster.objects.filter(({ object, partial }) => object.kind === 'NetworkPolicy' && partial).length
  return [
    suspected('policy.kubernetes', relevant(symptom), {
      where: { host: '', object: side.by[0] ? `NetworkPolicy ${side.by[0].name}` : 'NetworkPolicies', source: side.by[0]?.source },
      because: [
        told(side.why, side.by[0]?.source),
        ...side.by.slice(1, 3).map(({ name, source }) => told(`NetworkPolicy ${name} selects it too`, source)),
      ],
      // Policies of which only the name was shown may allow it.
      likelihood: others > 0 ? 0.75 : 0.88,
    }),
  ]
}

/** A table shows no selector: the pods are known by the name that a workload of the Service's name gives them. */
function questionsTo(cluster: Cluster, from: PlaceText, to: PlaceText): readonly Question[] {
  const asked = questionsOf(cluster, from, to)
  if (!isBad(asked) && asked.length > 0) return asked
  const { place } = to
  if (place.kind !== 'service') return []
  const pods = cluster.pods.filter(({ name, namespace }) => namespace === place.namespace && name.startsWith(`${place.name}-`))
  return pods.flatMap(({ name, namespace }) => {
    const found = questionsOf(cluster, from, { ...to, place: { kind: 'pod', namespace, name } })
    return isBad(found) ? [] : found
  })
}

const relevant = ({ observation }: Symptom) => ({ weight: 1, explains: observation === undefined ? [] : [observation], hit: true })

/** The address of a Service stands for the Service. */
function targetOf(scene: Scene, symptom: Symptom): ReturnType<typeof parsePlace> {
  const to = parsePlace(symptom.request.to)
  const aim = aimsOf(scene).find((one) => one.symptom === symptom)
  const service = to?.place.kind === 'address' && aim ? clusterOf(scene).services.find((one) => towardsService(aim, one)) : undefined
  return to && service ? { ...to, place: { kind: 'service', namespace: service.namespace, name: service.name } } : to
}

/** `kubectl get netpol` names policies, and not what they allow. */
function listed(scene: Scene, symptom: Symptom): readonly Suspect[] {
  const policies = clusterOf(scene).objects.flatMap((object) => networkPolicyOf(object) ?? [])
  const denying = policies.filter(({ name }) => /deny|default|isolat|restrict|block|baseline|lock/i.test(name))
  const [first] = denying
  if (!first || symptom.result === 'refused') return []
  return [
    suspected('policy.kubernetes', relevant(symptom), {
      where: { host: '', object: `NetworkPolicy ${first.namespace}/${first.name}`, source: first.source },
      because: [told(`NetworkPolicy ${first.name} is there, by its name one that denies; what it allows was not shown`, first.source)],
      likelihood: 0.5,
    }),
  ]
}
