import type { Scene } from '../scene.ts'
import type { Because, Suspect } from './cause.ts'
import { eventsAbout } from './events.ts'
import { complaints, type PodState, podName, podStates } from './pod-states.ts'
import { relevance, towardsPod } from './relevance.ts'
import { quote, suspected, told } from './state.ts'

/** What the runtime's answer to a pull says. */
export type PullTrouble = 'missing' | 'registry' | 'either' | 'untold'

const PULLING = /^(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError|RegistryUnavailable)$/
/** The registry answered that it has no such thing. */
const MISSING =
  /manifest (?:for .{1,200} )?(?:unknown|not found)|not found: (?:manifest|name) unknown|: not found\b|name unknown|no match(?:ing manifest)? for platform|no matching manifest|ErrImageNeverPull|InvalidImageName|couldn't parse image/i
/** It could not be asked, was not trusted, or refused. */
const REGISTRY =
  /i\/o timeout|no such host|connection refused|no route to host|network is unreachable|TLS handshake|x509|certificate|server gave HTTP response|unauthorized|authentication required|\b40[13]\b|forbidden|toomanyrequests|rate limit|\b50[0-9] |proxyconnect|context deadline exceeded|Client\.Timeout|lookup .{1,200} (?:on|:)|server misbehaving|EOF\b/i
/** Docker Hub says the same of what is not there and of what is private. */
const EITHER = /repository does not exist or may require|pull access denied|insufficient_scope/i

/** Why an image was not pulled, by the first message that tells. */
export function troubleOf(messages: readonly string[]): PullTrouble {
  for (const message of messages) {
    if (EITHER.test(message)) return 'either'
    if (MISSING.test(message)) return 'missing'
    if (REGISTRY.test(message)) return 'registry'
  }
  return 'untold'
}

/** How sure each answer makes it, for the cause that is asked about. */
type Likelihoods = Readonly<Record<PullTrouble, number>>

/** Pods whose images cannot be pulled, weighed for one of the two causes. */
export function pullSuspects(scene: Scene, cause: 'image.missing' | 'image.registry', likelihoods: Likelihoods): readonly Suspect[] {
  return podStates(scene).flatMap((state) => {
    const own = complaints(state).filter(({ reason }) => PULLING.test(reason))
    if (own.length === 0) return []
    const told_ = tellings(scene, state)
    const trouble = troubleOf([...told_.map(({ text }) => text), ...own.map(({ reason }) => reason)])
    const likelihood = likelihoods[trouble]
    if (likelihood === 0) return []
    const { pod } = state
    return [
      suspected(
        cause,
        relevance(scene, (aim) => towardsPod(scene, aim, pod)),
        {
          where: { host: pod.node ?? '', object: podName(state), source: state.source },
          because: [
            told(`${podName(state)} is in state ${own[0]?.reason}`, state.source),
            ...told_.slice(0, 2).map(({ text, source }) => told(`the runtime says ${quote(text)}`, source)),
          ],
          likelihood,
        },
      ),
    ]
  })
}

function tellings(scene: Scene, state: PodState): readonly Because[] {
  const { pod } = state
  const events = eventsAbout(scene, 'Pod', pod.namespace, pod.name)
    .filter(({ reason, message }) => /^(?:Failed|InspectFailed|ErrImageNeverPull)$/.test(reason) && /pull|image|manifest/i.test(message))
    .map(({ message, source }) => told(message, source))
  // "Back-off pulling image" repeats the name alone.
  const waiting = complaints(state)
    .filter(({ message }) => message !== '' && !/^Back-off pulling image "[^"]{0,300}"$/.test(message))
    .map(({ message }) => told(message, state.source))
  return [...waiting, ...events].sort((a, b) => Number(/^Back-off|^Error: /.test(a.text)) - Number(/^Back-off|^Error: /.test(b.text)))
}
