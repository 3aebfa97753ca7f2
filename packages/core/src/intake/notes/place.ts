import { type Command, commandsOf } from './command.ts'
import { expectationOf } from './expectation.ts'
import { isKnownCommand, promptOf } from './prompt.ts'

/** What a heading or a lead-in sentence says of the place of the outputs below it. */
export type Told =
  | { readonly kind: 'host'; readonly host: string }
  /** "From the pod p1 (10.42.0.5):" – holds for the next output only. */
  | { readonly kind: 'inside'; readonly netns: string; readonly pod: boolean }
  /** "From another machine": the next output is of no captured host. */
  | { readonly kind: 'elsewhere' }

const NAME = '`?\\*{0,2}([A-Za-z0-9][\\w.-]*)\\*{0,2}`?'
const MACHINE = '(?:host|node|machine|server|vm|worker|master|control[- ]plane|worker node|master node)'
const HOST_FORMS: readonly RegExp[] = [
  new RegExp(
    `^(?:the )?(?:outputs?|logs?|results?|data|evidence|rules|state)\\s+(?:of|from|on|for)\\s+(?:the )?(?:${MACHINE}\\s+)?${NAME}`,
    'i',
  ),
  new RegExp(`^(?:on|from|at)\\s+(?:the )?${MACHINE}\\s+${NAME}`, 'i'),
  new RegExp(`^${MACHINE}\\s*[:=]?\\s+${NAME}(?:\\s*\\(.*\\))?\\s*:?$`, 'i'),
]
const INSIDE = new RegExp(`^(?:output )?(?:on|from|in|inside|within)\\s+(?:of )?(?:the )?(pod|container|namespace|netns)\\s+${NAME}`, 'i')
const ELSEWHERE =
  /^(?:on|from)\s+(?:an?other|a different|some other|my|an? outside|an? external)\s+(?:machine|host|computer|laptop|client|pc|workstation|server)/i
const NOT_A_NAME =
  /^(?:the|a|an|my|our|this|that|it|itself|is|was|and|or|to|of|side|all|both|each|every|where|which|with|network|networking|netns|pod|node|nodes|host|hosts|ip|port|level|name|names|only|can|cannot|has|are)$/i

/** Reads a line of prose or a heading. `known`: host names that prompts of this document show. */
export function placeTold(line: string, known: ReadonlySet<string>): Told | undefined {
  if (line.length > 1000) return undefined
  const text = line
    .replace(/\s+/g, ' ')
    .replace(/\*\*|__/g, '')
    .replace(/^[\s#*=\->\d.)]+/, '')
    .replace(/[\s*#]+$/, '')
    .trim()
  if (text === '' || text.length > 160) return undefined
  if (ELSEWHERE.test(text)) return { kind: 'elsewhere' }
  const inside = INSIDE.exec(text)
  if (inside && !NOT_A_NAME.test(inside[2] as string))
    return { kind: 'inside', netns: inside[2] as string, pod: /pod/i.test(inside[1] as string) }
  for (const form of HOST_FORMS) {
    const name = form.exec(text)?.[1]?.replace(/[.]+$/, '')
    if (name && !NOT_A_NAME.test(name) && !isCommand(name)) return { kind: 'host', host: name }
  }
  return namedHost(line, text, known)
}

/** "Output of `sudo iptables -S`:" */
const isCommand = (name: string): boolean => name === 'sudo' || isKnownCommand(`${name} `)

/** A heading or lead-in that is, or names, one host: `## node1`, `**k8s-worker-2:**`, `iptables on node1:`. */
function namedHost(line: string, text: string, known: ReadonlySet<string>): Told | undefined {
  const heading = /^\s*#{1,6}\s|^\s*\*\*.*\*\*:?\s*$/.test(line) || /:{1,2}\s*$/.test(text)
  if (!heading) return undefined
  const words = text.split(/[\s,:;()`*]+/).filter((word) => word !== '')
  const named = [...new Set(words.filter((word) => known.has(word)))]
  if (named.length === 1) return { kind: 'host', host: named[0] as string }
  const only = words.length === 1 ? (words[0] as string) : ''
  return /^[a-z][a-z0-9.-]*\d[a-z0-9.-]*$/i.test(only) && !/^v\d|\d{4}$/.test(only) ? { kind: 'host', host: only } : undefined
}

/** Host names that prompts and `ssh` show anywhere in the document. */
export function hostsNamed(lines: readonly string[], images: ReadonlySet<string>): ReadonlySet<string> {
  const hosts = new Set<string>()
  for (const line of lines) {
    const prompt = promptOf(line)
    if (prompt?.host && containerOf(prompt.host) === undefined && !images.has(prompt.host)) hosts.add(prompt.host)
    const ssh = /(?:^|\s)ssh (?:-\S+ )*(?:[\w.-]+@)?([A-Za-z][\w.-]*)/.exec(
      prompt?.command ?? (/^\s*(?:sudo )?ssh /.test(line) ? line : ''),
    )
    if (ssh) hosts.add(ssh[1] as string)
  }
  return hosts
}

/** A container's host name is its short id, a pod's its own name: a prompt that shows one was taken inside. */
export function containerOf(host: string): { readonly netns: string; readonly pod: boolean } | undefined {
  if (/^[0-9a-f]{12}$/.test(host)) return { netns: host, pod: false }
  if (/^[a-z0-9][a-z0-9.-]*-[0-9a-z]{8,10}-[0-9a-z]{5}$/.test(host)) return { netns: host, pod: true }
  return undefined
}

/** `root@web-0:/#`, `root@web:/app#`: where a container's shell stands, and an administrator's rarely. */
const AT_ROOT = /^root@[\w.-]+:\/(?:app|usr\/src\/app|code|srv|data|workspace)?[#$]$/

/** Names in prompts that are an image's: all of them stand at its root, and nothing that shows a machine's state was run there. */
export function imagesNamed(lines: readonly string[]): ReadonlySet<string> {
  const images = new Map<string, boolean>()
  for (const line of lines) {
    const prompt = line.includes('@') ? promptOf(line) : undefined
    if (prompt?.host === undefined) continue
    const may = AT_ROOT.test(prompt.prompt) && commandsOf(prompt.command).every((command) => !showsState(command))
    images.set(prompt.host, may && images.get(prompt.host) !== false)
  }
  return new Set([...images].filter(([, is]) => is).map(([name]) => name))
}

/** A machine's own state, or tools that images do not have. */
function showsState(command: Command): boolean {
  const { format } = expectationOf(command)
  return (
    (format !== undefined && format !== 'hosts' && format !== 'log') ||
    /^(?:docker|podman|kubectl|systemctl|k3s|ssh|journalctl|modprobe|kubeadm)$/.test(command.program)
  )
}
