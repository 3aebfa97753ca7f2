import type { ContainerRun } from '../../parse/docker/container.ts'
import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { containersOf } from './containers.ts'
import { eventsAbout } from './events.ts'
import { complaints, type PodState, podName, podStates } from './pod-states.ts'
import { relevance, towardsContainer, towardsPod } from './relevance.ts'
import { quote, suspected, told } from './state.ts'

/** What kubelet calls a container that does not stay up. Images that cannot be pulled are causes of their own. */
const CRASHING =
  /^(?:CrashLoopBackOff|Error|OOMKilled|RunContainerError|CreateContainerError|CreateContainerConfigError|ContainerCannotRun|StartError|Evicted|ContainerStatusUnknown)$/

/** The process or container is down, or restarts again and again. */
export const appCrash: Cause = {
  id: 'app.crash',
  suspects: (scene) => [...podStates(scene).flatMap((state) => podSuspect(scene, state)), ...containerSuspects(scene)],
}

function podSuspect(scene: Scene, state: PodState): readonly Suspect[] {
  const { pod } = state
  if (pod.phase === 'Succeeded' || pod.terminating) return []
  const found = pod.ready === true ? restarting(state) : crashing(state)
  if (!found) return []
  const { weight, explains, hit } = relevance(scene, (aim) => towardsPod(scene, aim, pod))
  const events = eventsAbout(scene, 'Pod', pod.namespace, pod.name).filter(({ reason }) => reason === 'BackOff' || reason === 'Unhealthy')
  const because = [...found.because, ...events.slice(0, 2).map(({ message, source }) => told(`event: ${quote(message)}`, source))]
  return [
    suspected(
      'app.crash',
      { weight, explains, hit },
      { where: { host: pod.node ?? '', object: podName(state) }, because, likelihood: found.likelihood },
    ),
  ]
}

function crashing(state: PodState): { readonly because: readonly Because[]; readonly likelihood: number } | undefined {
  const { pod, source } = state
  const complaint = complaints(state).find(({ reason }) => CRASHING.test(reason))
  const ended = state.containers.find(
    ({ ended, ready, init }) => ended && !ready && !(init && ended.exitCode === 0) && ended.exitCode !== 0,
  )
  if (!complaint && !ended && pod.phase !== 'Failed') return undefined
  const because: Because[] = []
  if (complaint) {
    const { reason, message, container } = complaint
    const who = container === undefined ? podName(state) : `container ${container} of ${podName(state)}`
    because.push(told(`${who} is in state ${reason}${message ? `: ${quote(message)}` : ''}`, source))
  } else if (pod.phase === 'Failed') because.push(told(`${podName(state)} is in phase Failed`, source))
  if (ended?.ended) {
    const { reason, exitCode } = ended.ended
    because.push(
      told(
        `container ${ended.name} ended with ${reason || 'no reason told'}, exit code ${exitCode ?? 'not told'}, and has restarted ${ended.restarts} times`,
        source,
      ),
    )
  }
  return { because, likelihood: complaint || (ended?.restarts ?? 0) > 0 ? 0.9 : 0.7 }
}

/** Ready at the moment, and restarted often: it may have been down when the connection was tried. */
function restarting(state: PodState): { readonly because: readonly Because[]; readonly likelihood: number } | undefined {
  const worst = state.containers
    .filter(({ init, ended }) => !init && ended && ended.exitCode !== 0)
    .sort((a, b) => b.restarts - a.restarts)[0]
  if (!worst || worst.restarts < 5) return undefined
  const text = `container ${worst.name} of ${podName(state)} has restarted ${worst.restarts} times, the last time after ${worst.ended?.reason || 'an error'} (exit code ${worst.ended?.exitCode ?? 'not told'})`
  return { because: [told(text, state.source)], likelihood: 0.4 }
}

function containerSuspects(scene: Scene): readonly Suspect[] {
  return containersOf(scene).flatMap((known) => {
    const { container, host } = known
    const { state, run } = container
    const exit = run?.exitCode
    const down = state === 'exited' || state === 'dead' || state === 'restarting' || state === 'created' || state === 'paused'
    if (!down) return []
    const { weight, explains, hit } = relevance(scene, (aim) => towardsContainer(scene, aim, known))
    // Stopped on purpose, or not yet started: of interest only to who needs it.
    const quiet = state === 'created' || state === 'paused' || (state === 'exited' && wasStopped(run))
    if (quiet && !hit) return []
    const because = [
      told(
        `container ${container.name} is ${state}${exit === undefined ? '' : `, exit code ${exit}`}${run?.outOfMemory ? ', killed for want of memory' : ''}`,
        container.source,
      ),
      ...(run?.error ? [told(`the engine says: ${quote(run.error)}`, container.source)] : []),
      ...((run?.restarts ?? 0) > 0 ? [told(`it was restarted ${run?.restarts} times`, container.source)] : []),
    ]
    const where = { host: host ?? '', object: `container ${container.name}` }
    return [
      suspected(
        'app.crash',
        { weight, explains, hit },
        { where, because, likelihood: quiet ? 0.8 : hit || state === 'restarting' || (run?.restarts ?? 0) > 0 ? 0.9 : 0.5 },
      ),
    ]
  })
}

/** `docker stop` sends SIGTERM (143) and then SIGKILL (137); SIGINT is 130. */
const wasStopped = (run: ContainerRun | undefined): boolean =>
  run?.exitCode === undefined || run.exitCode === 0 || ([130, 137, 143].includes(run.exitCode) && !run.outOfMemory && !run.error)
