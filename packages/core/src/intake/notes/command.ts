import { shellWords } from './words.ts'

/** A command as it ran in the end, with what its wrappers (`sudo`, `ssh`, `docker exec`, `ip netns exec` …) tell of the place. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** `ssh node1 …`, `minikube ssh`, `docker exec kind-worker` is not known as a host and goes to `netns`. */
  readonly host?: string | undefined
  /** Namespace, container or pod that it ran in. */
  readonly netns?: string | undefined
  /** A pod can be on any node: the prompt's host does not tell. */
  readonly pod?: boolean | undefined
  /** What `netns` names. */
  readonly inside?: Inside | undefined
  /** Kubernetes namespace of the pod, where it was told. */
  readonly namespace?: string | undefined
  /** It opens a shell: the prompts that follow belong to that place. */
  readonly shell: boolean
  /** Piped through grep, head or tail, or asked for a part: what is absent from the output may be there all the same. */
  readonly filtered: boolean
  /** Its output went to a file: what stands below is something else. */
  readonly redirected: boolean
}

/** `docker exec` goes into a container, `kubectl exec` into a pod; `kubectl run` and `docker run` make a new one for the command. */
export type Inside = 'pod' | 'container' | 'namespace'

interface Place {
  readonly host?: string | undefined
  readonly netns?: string | undefined
  readonly pod?: boolean | undefined
  readonly inside?: Inside | undefined
  readonly namespace?: string | undefined
}

/** The commands of a line, one for each part between `;` and `&&`. */
export function commandsOf(text: string): readonly Command[] {
  const commands: Command[] = []
  let part: string[] = []
  const flush = () => {
    if (part.length > 0) commands.push(...pipeline(part, {}, 0))
    part = []
  }
  for (const word of shellWords(withoutErrors(text))) {
    if (word === ';' || word === '&') flush()
    else part.push(word)
  }
  flush()
  return commands
}

/** `2>&1`, `2>/dev/null`, `|&`: where the error output goes does not matter here. */
const withoutErrors = (text: string): string =>
  text
    .replace(/\d>&\d|(?:^|\s)2>>?\s*[^\s;|&'"]+/g, ' ')
    .replace(/\|&/g, '|')
    .replace(/&>/g, '>')

const FILTER = /^(?:[efz]?grep|head|tail|awk|sed|cut|jq|wc|uniq)$/

function pipeline(words: readonly string[], place: Place, depth: number): readonly Command[] {
  const bar = words.indexOf('|')
  const filtered = bar >= 0 && words.slice(bar).some((word) => FILTER.test(word))
  const redirected = words.includes('>')
  return unwrap(withoutRedirections(bar < 0 ? words : words.slice(0, bar)), place, depth).map((command) => ({
    ...command,
    filtered: command.filtered || filtered,
    redirected: command.redirected || redirected,
  }))
}

/** Cuts `> file` and `<<EOF`; shellWords has taken the operator apart. */
function withoutRedirections(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => word === '>' || word === '<')
  return at < 0 ? words : words.slice(0, at)
}

function unwrap(words: readonly string[], place: Place, depth: number): readonly Command[] {
  const first = words[0]
  if (first === undefined || depth > 8) return []
  const program = first.slice(first.lastIndexOf('/') + 1)
  const rest = words.slice(1)
  const again = (inner: readonly string[], where: Place): readonly Command[] =>
    inner.length === 0
      ? [{ program: 'sh', args: [], ...where, shell: true, filtered: false, redirected: false }]
      : unwrap(inner, where, depth + 1)
  if (/^\w+=/.test(first)) return again(rest, place)
  switch (program) {
    case 'sudo':
    case 'time':
    case 'nohup':
    case 'env':
    case 'doas':
      return again(afterOptions(rest, /^-(?:[ugpCDhTr]|-(?:user|group))$/), place)
    case 'watch':
      return again(afterOptions(rest, /^-(?:n|-interval)$/), place)
    case 'timeout':
      return again(afterOptions(rest, /^-(?:[sk])$/).slice(1), place)
    case 'k3s':
    case 'microk8s':
    case 'k0s':
      return rest[0] === 'kubectl' || rest[0] === 'crictl' ? again(rest, place) : [plain(program, rest, place)]
    case 'ssh':
      return overSsh(rest, place, again, depth)
    case 'minikube':
      if (rest[0] !== 'ssh') break
      return again(unquote(afterOptions(rest.slice(1), /^-(?:p|n|-profile|-node)$/)), {
        ...place,
        host: optionValue(rest, '-n', '--node') ?? 'minikube',
      })
    case 'docker-compose':
      return containers('docker', ['compose', ...rest], place, again)
    case 'docker':
    case 'podman':
    case 'nerdctl':
    case 'crictl':
    case 'ctr':
      return containers(program, rest, place, again)
    case 'kubectl':
    case 'oc':
      return kubectl(program, rest, place, again)
    case 'ip':
      return ip(rest, place, again)
    case 'nsenter':
      return again(afterOptions(rest, /^-(?:t|-target)$/), { ...place, netns: nsenterName(rest), inside: 'namespace' })
    case 'sh':
    case 'bash':
    case 'ash': {
      const script = optionValue(rest, '-c', '-lc', '-ic')
      if (script !== undefined) return pipelineOfText(script, place, depth)
      return [{ program: 'sh', args: rest, ...place, shell: true, filtered: false, redirected: false }]
    }
  }
  return [plain(program, rest, place)]
}

type Again = (inner: readonly string[], where: Place) => readonly Command[]

const plain = (program: string, args: readonly string[], place: Place): Command => ({
  program,
  args,
  ...place,
  shell: false,
  filtered: false,
  redirected: false,
})
const unquote = (words: readonly string[]): readonly string[] => (words.length === 1 ? shellWords(words[0] as string) : words)

function pipelineOfText(script: string, place: Place, depth: number): readonly Command[] {
  if (depth > 8) return []
  return commandsOf(script).map((c) => ({
    ...c,
    host: c.host ?? place.host,
    netns: c.netns ?? place.netns,
    pod: c.pod ?? place.pod,
    inside: c.inside ?? place.inside,
    namespace: c.namespace ?? place.namespace,
  }))
}

function overSsh(rest: readonly string[], place: Place, again: Again, depth: number): readonly Command[] {
  const words = afterOptions(rest, /^-[BbcDEeFIiJLlmOopQRSWw]$/)
  const target = words[0]
  if (target === undefined) return []
  const host = target.slice(target.lastIndexOf('@') + 1)
  const remote = words.slice(1)
  if (remote.length === 1) return pipelineOfText(remote[0] as string, { ...place, host }, depth + 1)
  return again(remote, { ...place, host })
}

function containers(program: string, rest: readonly string[], place: Place, again: Again): readonly Command[] {
  const words = afterOptions(rest, /^-(?:H|c|n|-host|-context|-namespace|-runtime-endpoint|-address)$/)
  const composed = words[0] === 'compose' ? afterOptions(words.slice(1), COMPOSE_VALUED) : words
  if (composed[0] === 'run' && composed === words) return inNewContainer(program, words, place, again)
  if (composed[0] !== 'exec') return [plain(program, words, place)]
  const inner = afterOptions(composed.slice(1), /^-(?:e|u|w|-env|-user|-workdir|-env-file|-index)$/)
  const netns = inner[0]
  return netns === undefined ? [] : again(inner.slice(1), { ...place, netns, inside: 'container' })
}

const COMPOSE_VALUED = /^-(?:f|p|-file|-project-name|-profile|-env-file)$/
const RUN_FLAG =
  /^-(?:-(?:rm|interactive|tty|detach|privileged|init|read-only|publish-all|no-healthcheck|sig-proxy|oom-kill-disable)|[itdqP]+)$|=/

/** `docker run --rm --network web curlimages/curl http://api`: an image named after its program needs no other word. */
function inNewContainer(program: string, words: readonly string[], place: Place, again: Again): readonly Command[] {
  let at = 1
  while (at < words.length && (words[at] as string).startsWith('-')) at += RUN_FLAG.test(words[at] as string) ? 1 : 2
  const image = words[at]
  if (image === undefined) return [plain(program, words, place)]
  const network = valueIn(words, '--network', '--net')
  const entry = valueIn(words, '--entrypoint')
  const name = image.replace(/[:@].*$/, '').replace(/^.*\//, '')
  const args = words.slice(at + 1)
  const inner = entry !== undefined ? [entry, ...args] : name === 'curl' && args[0] !== 'curl' ? ['curl', ...args] : args
  if (network === 'host') return again(inner, place)
  const shared = network?.startsWith('container:') ? network.slice(10) : undefined
  return again(inner, { ...place, netns: shared ?? valueIn(words, '--name') ?? name, inside: 'container' })
}

const valueIn = (words: readonly string[], ...options: string[]): string | undefined =>
  optionValue(words, ...options) ?? words.find((word) => options.some((option) => word.startsWith(`${option}=`)))?.replace(/^[^=]*=/, '')

const KUBECTL_VALUED = /^-(?:n|s|-namespace|-context|-kubeconfig|-cluster|-user|-server)$/

function kubectl(program: string, rest: readonly string[], place: Place, again: Again): readonly Command[] {
  const words = afterOptions(rest, KUBECTL_VALUED)
  if (words[0] === 'run' || words[0] === 'debug') return inNewPod(program, rest, words, place, again)
  if (words[0] !== 'exec') return [plain(program, rest, place)]
  const dashes = words.indexOf('--')
  const named = afterOptions(dashes < 0 ? words.slice(1) : words.slice(1, dashes), /^-(?:n|c|-namespace|-container)$/)
  const pod = named[0]?.replace(/^pods?\//, '')
  if (pod === undefined) return []
  const where: Place = { ...place, netns: pod, pod: true, inside: 'pod', namespace: namespaceIn(rest) }
  return again(dashes < 0 ? afterOptions(named.slice(1), /^-(?:n|c|-namespace|-container)$/) : words.slice(dashes + 1), where)
}

const namespaceIn = (words: readonly string[]): string | undefined => {
  const dashes = words.indexOf('--')
  return valueIn(dashes < 0 ? words : words.slice(0, dashes), '-n', '--namespace')
}

/** `kubectl run NAME --image=… --rm -it -- curl …`; `kubectl debug node/NAME` runs in the node's own network. */
function inNewPod(program: string, rest: readonly string[], words: readonly string[], place: Place, again: Again): readonly Command[] {
  const dashes = words.indexOf('--')
  const own = dashes < 0 ? words.slice(1) : words.slice(1, dashes)
  const named = afterOptions(own, /^-(?:n|c|l|-namespace|-image|-restart|-overrides|-labels|-target|-container|-profile|-env|-copy-to)$/)[0]
  const opened = own.some((word) => /^(?:-[it]+|--stdin|--tty)$/.test(word))
  if (named === undefined || (dashes < 0 && !opened)) return [plain(program, rest, place)]
  const image = valueIn(own, '--image')
    ?.replace(/[:@].*$/, '')
    .replace(/^.*\//, '')
  const typed = dashes < 0 ? [] : words.slice(dashes + 1)
  const inner = image === 'curl' && /^(?:-|https?:)/.test(typed[0] ?? '') ? ['curl', ...typed] : typed
  if (named.startsWith('node/')) return again(inner[0] === 'chroot' ? inner.slice(2) : inner, { ...place, host: named.slice(5) })
  return again(inner, { ...place, netns: named.replace(/^pods?\//, ''), pod: true, inside: 'pod', namespace: namespaceIn(rest) })
}

/** `ip netns exec NAME command` and `ip -n NAME route`. */
function ip(rest: readonly string[], place: Place, again: Again): readonly Command[] {
  const named = optionValue(rest.slice(0, 6), '-n', '-netns')
  const args =
    named === undefined
      ? rest
      : rest.filter((word, i) => !(word === '-n' || word === '-netns' || (i > 0 && /^-n(?:etns)?$/.test(rest[i - 1] as string))))
  const where: Place = named === undefined ? place : { ...place, netns: named, inside: 'namespace' }
  const at = args.findIndex((word) => !word.startsWith('-'))
  if (args[at] === 'netns' && args[at + 1] === 'exec' && args[at + 2] !== undefined)
    return again(args.slice(at + 3), { ...where, netns: args[at + 2] as string, inside: 'namespace' })
  return [plain('ip', args, where)]
}

function nsenterName(rest: readonly string[]): string {
  const pid =
    optionValue(rest, '-t', '--target') ??
    rest.find((w) => /^-t\d+$/.test(w))?.slice(2) ??
    rest.find((w) => w.startsWith('--target='))?.slice(9)
  const path = rest.find((w) => /^(?:-n|--net)=?\//.test(w))?.replace(/^(?:-n|--net)=?/, '')
  const ofPath = path?.match(/\/proc\/([^/]+)\/ns/)?.[1]
  if (path && !ofPath) return path.slice(path.lastIndexOf('/') + 1)
  return `pid-${ofPath ?? pid ?? 'unknown'}`
}

/** The words behind the leading options; `valued` are those whose value is a word of its own. */
function afterOptions(words: readonly string[], valued: RegExp): readonly string[] {
  let i = 0
  while (i < words.length && (words[i] as string).startsWith('-') && words[i] !== '-') {
    if (words[i] === '--') return words.slice(i + 1)
    i += valued.test(words[i] as string) ? 2 : 1
  }
  return words.slice(i)
}

function optionValue(words: readonly string[], ...options: string[]): string | undefined {
  const at = words.findIndex((word) => options.includes(word))
  return at < 0 ? undefined : words[at + 1]
}
