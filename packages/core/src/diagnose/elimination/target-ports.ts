import type { Document } from '../../intake/document.ts'
import type { Cluster } from '../../model/kubernetes/cluster.ts'

/** Which port of a Service leads to which of its pods: by objects, else by the fragments of YAML that notes quote. */
export type TargetPorts = (service: string | undefined, port: number) => number | undefined

export function targetPortsOf(documents: readonly Document[], cluster: Cluster): TargetPorts {
  const quoted = documents.flatMap(({ content, text }) =>
    content.kind === 'recognised' && content.format === 'notes' && text !== undefined ? portsQuoted(text) : [],
  )
  return (service, port) => {
    const named = cluster.services.find(({ name, namespace }) => `${namespace}/${name}` === service)
    const target = named?.ports.find((one) => one.port === port)?.targetPort
    if (typeof target === 'number') return target
    const found = new Set(quoted.filter((one) => one.port === port).map((one) => one.target))
    return found.size === 1 ? [...found][0] : undefined
  }
}

/** `port: 80` with `targetPort: http  # = 9090` below it, and `containerPort: 9090` with `name: http`. */
function portsQuoted(text: string): readonly { readonly port: number; readonly target: number }[] {
  const lines = text.split('\n')
  const names = namedPorts(lines)
  const out: { port: number; target: number }[] = []
  let port: number | undefined
  let since = 0
  for (const line of lines) {
    const own = /^\s*(?:-\s+)?port:\s*(\d{1,5})\b/.exec(line)?.[1]
    if (own !== undefined) {
      port = Number(own)
      since = 0
    } else if (++since > 5) port = undefined
    const target = /^\s*(?:-\s+)?targetPort:\s*["']?([\w-]+)["']?\s*(?:#.*?(\d{2,5})\D*)?$/.exec(line)
    if (!target || port === undefined) continue
    const number = /^\d+$/.test(target[1] as string)
      ? Number(target[1])
      : target[2] !== undefined
        ? Number(target[2])
        : names.get(target[1] as string)
    if (number !== undefined) out.push({ port, target: number })
  }
  return out
}

function namedPorts(lines: readonly string[]): ReadonlyMap<string, number> {
  const names = new Map<string, number>()
  for (const [i, line] of lines.entries()) {
    const port = /^\s*(?:-\s+)?containerPort:\s*(\d{1,5})\b/.exec(line)?.[1]
    if (port === undefined) continue
    for (const near of [lines[i - 1], lines[i + 1], lines[i + 2]]) {
      const name = /^\s*(?:-\s+)?name:\s*["']?([\w-]+)/.exec(near ?? '')?.[1]
      if (name !== undefined && !names.has(name)) names.set(name, Number(port))
    }
  }
  return names
}
