import type { CauseId } from '../../causes/ids.ts'
import { because, type Check, type Found } from '../check.ts'
import type { CheckScene } from '../scene.ts'
import { type PodTrouble, podTroubles } from './states.ts'

export const podStates: Check = {
  id: 'pod-states',
  holds: 'every pod runs',
  why: 'what it serves is not there; the reason stands in its state and its events',
  evidence: ['cluster/pods.json', 'cluster/events.json'],
  causes: [
    'image.missing',
    'image.registry',
    'app.crash',
    'pod.node-selector',
    'pod.ip-exhausted',
    'overlay.lease',
    'overlay.subnet-mismatch',
    'nat.hostport',
    'node.kubelet-down',
    'host.port-conflict',
  ],
  run(scene) {
    const pods = scene.cluster.pods.length
    return { looked: pods, findings: podTroubles(scene).map((trouble) => finding(scene, trouble)), missing: [] }
  },
}

/** What the reason means; what the message says counts more. */
const REASONS: readonly (readonly [RegExp, CauseId, Found['severity'], string?])[] = [
  [/^(?:ImagePullBackOff|ErrImagePull\d*|InvalidImageName|ErrImageNeverPull|ImageInspectError)$/, 'image.missing', 'error', 'reload-image'],
  [/^(?:MatchNodeSelector|NodeAffinity|NodeSelectorMismatching)$/, 'pod.node-selector', 'warning', 'delete-useless-pods'],
  [
    /^(?:CrashLoopBackOff|Error|RunContainerError|StartError|ContainerCannotRun|CreateContainerError|CreateContainerConfigError|OOMKilled|DeadlineExceeded)$/,
    'app.crash',
    'error',
  ],
  [
    /^(?:Evicted|Shutdown|NodeShutdown|Terminated|UnexpectedAdmissionError|Preempting|OutOfcpu|OutOfmemory|OutOfpods)$/,
    'node.kubelet-down',
    'warning',
    'delete-useless-pods',
  ],
  [/^(?:NodeLost|Unknown|Terminating)$/, 'node.kubelet-down', 'error'],
  [/^(?:Unschedulable|Pending|SchedulingGated)$/, 'pod.node-selector', 'error', 'label-node'],
  [/^(?:ContainerCreating|PodInitializing|FailedCreatePodSandBox)/, 'overlay.lease', 'error'],
]

const MESSAGES: readonly (readonly [RegExp, CauseId])[] = [
  [/not found|manifest unknown|does not exist/i, 'image.missing'],
  [
    /connection refused|i\/o timeout|no such host|x509|HTTP response to HTTPS|no route to host|deadline exceeded|unauthorized|authentication/i,
    'image.registry',
  ],
]

function finding(scene: CheckScene, trouble: PodTrouble): Found {
  const { namespace, name, node, reason, message, object, events, restarts } = trouble
  const [, known, severity, runbook] = REASONS.find(([pattern]) => pattern.test(reason)) ?? [
    undefined,
    'app.crash' as const,
    'warning' as const,
  ]
  const said = [...events].reverse().find((event) => event.message !== '')
  const cause = causeOf(scene, trouble, known)
  const why = message === '' ? (said?.message ?? '') : message
  return {
    severity,
    cause,
    host: node,
    object: `pod/${namespace}/${name}`,
    text: `pod ${namespace}/${name}${node === undefined ? '' : ` on ${node}`} is ${reason}${restarts > 0 ? ` (${restarts} restarts)` : ''}${why === '' ? '' : `: ${why}`}`,
    because: [
      because(`pod ${name}: ${reason}${message === '' ? '' : `: ${message}`}`, object.source),
      ...events.slice(-3).map((event) => because(`${event.reason}: ${event.message}`, event.source)),
    ],
    ...(runbook !== undefined && { runbook }),
  }
}

/** A signature that matches the pod's own state or events says most. */
function causeOf(scene: CheckScene, { object, events, reason, message }: PodTrouble, known: CauseId): CauseId {
  const sources = [object.source, ...events.map(({ source }) => source)]
  const own = scene.matches.filter(
    ({ source, signature }) => !signature.general && sources.some((one) => one.file === source.file && one.line === source.line),
  )
  const [match] = own.filter(({ signature }) => signature.severity !== 'info')
  if (match) return match.signature.cause
  if (known === 'image.missing')
    return MESSAGES.find(([pattern]) => pattern.test(`${message} ${events.map((event) => event.message).join(' ')}`))?.[1] ?? known
  if (reason === 'Pending' && /Insufficient|taint/.test(message)) return 'node.kubelet-down'
  return known
}
