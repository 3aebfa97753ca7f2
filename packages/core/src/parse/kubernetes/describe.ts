import { type Line, readLines } from '../lines.ts'
import type { Parsed } from '../parsed.ts'
import { describedPolicy } from './describe-policy.ts'
import { describedService, pairsOf } from './describe-service.ts'
import { eventObject } from './event.ts'
import type { KubernetesObject } from './object.ts'
import type { SourcedObject } from './read.ts'

/** A line of the tree that `kubectl describe` prints: `Key:  value`, deeper by its indentation. */
interface Entry {
  readonly key: string
  readonly value: string
  readonly indent: number
  readonly line: number
  readonly below: Entry[]
}

/**
 * Reads `kubectl describe` of pods and nodes, and the events of any object. What the text does not tell stays away: the objects are marked partial.
 * Several objects in a row are separated by blank lines and begin with `Name:`.
 */
export function readKubectlDescribe(text: string, file: string): Parsed<SourcedObject> {
  const facts: SourcedObject[] = []
  for (const lines of objectsOf(readLines(text))) {
    const top = treeOf(lines)
    const value = (key: string): string | undefined => shown(top.find((entry) => entry.key === key)?.value)
    const name = value('Name')
    if (name === undefined) continue
    const namespace = value('Namespace')
    const source = { file, line: lines[0]?.number ?? 1 }
    const containers = top.find(({ key }) => key === 'Containers')
    const kind =
      containers && top.some(({ key }) => key === 'Node' || key === 'IP') ? 'Pod' : top.some(({ key }) => key === 'Taints') ? 'Node' : ''
    const conditions = conditionsOf(lines)
    if (kind === 'Pod') facts.push({ object: podObject(name, namespace, top, conditions, lines), source, partial: true })
    if (kind === 'Node')
      facts.push({ object: { apiVersion: 'v1', kind, metadata: { name }, status: { conditions } }, source, partial: true })
    if (kind === '' && top.some(({ key }) => key === 'Selector') && top.some(({ key }) => key === 'Port')) {
      const { service, endpoints, all } = describedService(name, namespace, lines)
      facts.push({ object: service, source })
      if (all) facts.push({ object: endpoints, source })
    }
    if (kind === '' && lines.some(({ text }) => /^\s*Policy Types?:/.test(text))) {
      const policy = describedPolicy(name, namespace, lines)
      if (policy) facts.push({ object: policy, source })
    }
    for (const event of eventsOf(lines)) {
      const about = { kind, name, namespace }
      facts.push({
        object: eventObject(about, event.type, event.reason, event.message, event.line),
        source: { file, line: event.line },
        partial: true,
      })
    }
  }
  return { facts, notes: [] }
}

function objectsOf(lines: readonly Line[]): readonly (readonly Line[])[] {
  const starts = lines.flatMap(({ text }, i) => (/^Name:\s+\S/.test(text) ? [i] : []))
  return starts.map((start, i) => lines.slice(start, starts[i + 1]))
}

function treeOf(lines: readonly Line[]): readonly Entry[] {
  const top: Entry[] = []
  const path: Entry[] = []
  for (const { text, number } of lines) {
    const found = /^(\s*)([A-Za-z][\w ./()-]{0,60}):(?:\s+(.*))?$/.exec(text)
    if (!found) continue
    const indent = found[1]?.length ?? 0
    while (path.length > 0 && (path.at(-1)?.indent ?? 0) >= indent) path.pop()
    const entry: Entry = { key: found[2] ?? '', value: (found[3] ?? '').trim(), indent, line: number, below: [] }
    ;(path.at(-1)?.below ?? top).push(entry)
    path.push(entry)
  }
  return top
}

const shown = (value: string | undefined): string | undefined =>
  value === undefined || /^(?:<none>|<unset>|)$/.test(value) ? undefined : value

/** `Labels:  app=web`, one a line. */
function labelsIn(lines: readonly Line[]): Readonly<Record<string, string>> | undefined {
  const start = lines.findIndex(({ text }) => text.startsWith('Labels:'))
  if (start < 0) return undefined
  const rest = lines.slice(start + 1)
  const end = rest.findIndex(({ text }) => /^\S/.test(text))
  const own = [lines[start], ...rest.slice(0, Math.max(0, end))].map((line) => (line?.text ?? '').replace(/^Labels:/, '').trim())
  return pairsOf(own.join(','))
}

function podObject(
  name: string,
  namespace: string | undefined,
  top: readonly Entry[],
  conditions: readonly object[],
  lines: readonly Line[],
): KubernetesObject {
  const value = (key: string): string | undefined => shown(top.find((entry) => entry.key === key)?.value)
  const containers = top.find(({ key }) => key === 'Containers')?.below ?? []
  const inits = top.find(({ key }) => key === 'Init Containers')?.below ?? []
  const address = value('IP')
  const labels = labelsIn(lines)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(namespace && { namespace }), ...(labels && { labels }) },
    spec: {
      ...(value('Node') && { nodeName: value('Node')?.split('/')[0] }),
      containers: containers.map((one) => ({ name: one.key, ports: portsOf(one) })),
    },
    status: {
      ...(value('Status') && { phase: value('Status') }),
      ...(value('Reason') && { reason: value('Reason') }),
      ...(value('Message') && { message: value('Message') }),
      ...(address && { podIP: address, podIPs: [{ ip: address }] }),
      ...(conditions.length > 0 && { conditions }),
      containerStatuses: containers.map(statusOf),
      initContainerStatuses: inits.map(statusOf),
    },
  }
}

/** `Ports:  8080/TCP, 9090/TCP`; `Port:` where there is one. */
function portsOf({ below }: Entry): readonly object[] {
  const text = below.find(({ key }) => key === 'Port' || key === 'Ports')?.value ?? ''
  return [...text.matchAll(/\b(\d{1,5})\/([A-Z]+)/g)].map(([, port, protocol]) => ({ containerPort: Number(port), protocol }))
}

function statusOf({ key: name, below }: Entry): object {
  const of = (key: string): Entry | undefined => below.find((entry) => entry.key === key)
  return {
    name,
    ready: of('Ready')?.value === 'True',
    restartCount: Number(of('Restart Count')?.value ?? 0) || 0,
    state: stateOf(of('State')),
    lastState: stateOf(of('Last State')),
  }
}

/** `State: Waiting` with `Reason:` and `Message:` below; `Terminated` with `Exit Code:`. */
function stateOf(entry: Entry | undefined): object {
  if (!entry) return {}
  const of = (key: string): string | undefined => shown(entry.below.find((one) => one.key === key)?.value)
  const exit = of('Exit Code')
  return {
    [entry.value.toLowerCase()]: {
      ...(of('Reason') && { reason: of('Reason') }),
      ...(of('Message') && { message: of('Message') }),
      ...(exit !== undefined && { exitCode: Number(exit) }),
    },
  }
}

/** `Conditions:`: Type and Status of a pod; of a node two times, Reason and Message behind them. */
function conditionsOf(lines: readonly Line[]): readonly object[] {
  return below(lines, 'Conditions').flatMap(({ text }) => {
    const [type = '', status = '', , , reason, message] = text.trim().split(/\s{2,}|\t+/)
    if (!/^(?:True|False|Unknown)$/.test(status)) return []
    return [{ type, status, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) }]
  })
}

/** The lines of a section, up to the next one. */
function below(lines: readonly Line[], heading: string): readonly Line[] {
  const start = lines.findIndex(({ text }) => text.startsWith(`${heading}:`))
  if (start < 0) return []
  const rest = lines.slice(start + 1)
  const end = rest.findIndex(({ text }) => /^\S/.test(text))
  return end < 0 ? rest : rest.slice(0, end)
}

/** `Events:` with the columns Type, Reason, Age, From, Message, two blanks or more between them; older ones have more columns in front. */
function eventsOf(
  lines: readonly Line[],
): readonly { readonly type: string; readonly reason: string; readonly message: string; readonly line: number }[] {
  return below(lines, 'Events').flatMap(({ text, number }) => {
    const cells = text.trim().split(/\s{2,}|\t+/)
    const at = cells.findIndex((cell) => cell === 'Normal' || cell === 'Warning')
    const [type = '', reason = ''] = cells.slice(at < 0 ? cells.length : at)
    return type === '' || reason === '' ? [] : [{ type, reason, message: cells.at(-1) ?? '', line: number }]
  })
}
