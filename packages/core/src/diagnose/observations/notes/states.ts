import type { StateSeen } from '../observation.ts'
import type { Page } from './page.ts'

interface Form {
  readonly pattern: RegExp
  readonly object: (groups: Readonly<Record<string, string | undefined>>) => string
  readonly says: (groups: Readonly<Record<string, string | undefined>>) => string
}

const BAD_POD =
  'CrashLoopBackOff|ImagePullBackOff|ErrImagePull|InvalidImageName|Pending|ContainerCreating|ContainerCannotRun|CreateContainerConfigError|CreateContainerError|RunContainerError|Error|OOMKilled|Evicted|Terminating|Unknown|NodeLost|Init:[\\w/:]+|MatchNodeSelector|ContainerStatusUnknown|Completed'
const NAME = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?'

/** Lines of the tables that kubectl, docker and ip print. */
const FORMS: readonly Form[] = [
  {
    pattern: new RegExp(
      `^(?:(?<namespace>${NAME})\\s+)?(?:po(?:d)?/)?(?<name>${NAME})\\s+(?<ready>\\d+/\\d+)\\s+(?<state>${BAD_POD})\\s+(?<restarts>\\d+)`,
    ),
    object: ({ namespace, name }) => `pod/${namespace ?? 'default'}/${name}`,
    says: ({ name, state, ready, restarts }) => `Pod ${name} is ${state} (ready ${ready}, restarted ${restarts} times)`,
  },
  {
    pattern: new RegExp(
      `^(?:(?<namespace>${NAME})\\s+)?(?:po(?:d)?/)?(?<name>${NAME})\\s+(?<ready>0/\\d+)\\s+Running\\s+(?<restarts>\\d+)`,
    ),
    object: ({ namespace, name }) => `pod/${namespace ?? 'default'}/${name}`,
    says: ({ name, ready, restarts }) => `Pod ${name} runs and is not ready (${ready}, restarted ${restarts} times)`,
  },
  {
    pattern: new RegExp(`^(?<name>${NAME})\\s+(?<state>NotReady(?:,SchedulingDisabled)?|Unknown)\\s+\\S+\\s+\\d+[smhdy]`),
    object: ({ name }) => `node/${name}`,
    says: ({ name, state }) => `Node ${name} is ${state}`,
  },
  {
    pattern: /^(?<id>[0-9a-f]{12})\s+(?<image>\S+)\s.*\s(?<state>(?:Exited|Restarting) \(\d+\)|Created|Dead)\b.*?\s(?<name>[\w.-]+)$/,
    object: ({ name }) => `container/${name}`,
    says: ({ name, state }) => `Container ${name} is ${state}`,
  },
  {
    pattern: /^\d+: (?<name>[\w.-]+)(?:@[\w.-]+)?: <(?<flags>[^>]*NO-CARRIER[^>]*)>/,
    object: ({ name }) => `interface ${name}`,
    says: ({ name }) => `Interface ${name} has no carrier`,
  },
  {
    pattern: /^\d+: (?<name>(?!lo\b)[\w.-]+)(?:@[\w.-]+)?: <(?<flags>(?:(?!UP\b)[A-Z_,-])*)> .*\bstate DOWN\b/,
    object: ({ name }) => `interface ${name}`,
    says: ({ name }) => `Interface ${name} is down`,
  },
]

/** "pod web-1 is in CrashLoopBackOff", "node2 is NotReady". */
const TOLD = new RegExp(
  `\\b(?:(?<kind>pod|container|node)\\s+)?[\`"']?(?<name>${NAME})[\`"']?\\s+(?:is|are|goes|went|stays|remains|ends up)\\s+(?:now\\s+|still\\s+|stuck\\s+)?(?:in\\s+)?(?:a\\s+)?(?:state\\s+|status\\s+)?[\`"*]*(?<state>CrashLoopBackOff|ImagePullBackOff|ErrImagePull|NotReady|ContainerCreating|OOMKilled|Evicted|Exited|NO-CARRIER)\\b`,
  'i',
)

/** Of one document. */
const MOST = 60

/** States of pods, nodes, containers and links that a page shows. */
export function statesOf(page: Page): readonly StateSeen[] {
  const out: StateSeen[] = []
  for (const [i, raw] of page.lines.entries()) {
    if (out.length >= MOST) break
    const line = raw.trim()
    if (line === '' || line.length > 400) continue
    const state = page.covered.has(i) ? shown(line) : toldIn(line)
    if (state) out.push({ kind: 'state', host: page.blocks.get(i)?.place.host, ...state, source: { file: page.file, line: i + 1 } })
  }
  return out
}

function shown(line: string): Pick<StateSeen, 'object' | 'text'> | undefined {
  for (const { pattern, object, says } of FORMS) {
    const groups = pattern.exec(line)?.groups
    if (groups && groups.state !== 'Completed') return { object: object(groups), text: says(groups) }
  }
  return undefined
}

function toldIn(line: string): Pick<StateSeen, 'object' | 'text'> | undefined {
  const groups = TOLD.exec(line)?.groups
  const name = groups?.name
  if (!groups || name === undefined || /^(?:pod|container|node|it|they|which|that|this|pods|nodes|containers)$/i.test(name))
    return undefined
  const kind = groups.kind?.toLowerCase() ?? (/NotReady/i.test(groups.state ?? '') ? 'node' : 'pod')
  return { object: kind === 'pod' ? `pod/default/${name}` : `${kind}/${name}`, text: `${name} is said to be ${groups.state}` }
}
