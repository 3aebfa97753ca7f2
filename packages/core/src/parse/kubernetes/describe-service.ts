import type { Line } from '../lines.ts'
import type { KubernetesObject } from './object.ts'

/** A `Key:  value` of what `kubectl describe service` prints, in its order: the lines of each port follow one another. */
interface Pair {
  readonly key: string
  readonly value: string
}

/** The Service, and the Endpoints that the text shows with it. A Service is described whole; of many endpoints some are left out. */
export function describedService(
  name: string,
  namespace: string | undefined,
  lines: readonly Line[],
): { readonly service: KubernetesObject; readonly endpoints: KubernetesObject; readonly all: boolean } {
  const pairs = lines.flatMap(({ text }): readonly Pair[] => {
    const found = /^([A-Z][\w .-]{0,60}):(?:\s+(\S.*?))?\s*$/.exec(text)
    return found ? [{ key: found[1] as string, value: found[2] ?? '' }] : []
  })
  const value = (...keys: readonly string[]): string | undefined => {
    const found = pairs.find(({ key }) => keys.includes(key))?.value
    return found === undefined || /^(?:<none>|<unset>|None)?$/.test(found) ? undefined : found
  }
  const ports = portsOf(pairs)
  const ips = value('IPs', 'IP')?.split(',') ?? []
  const metadata = { name, ...(namespace !== undefined && { namespace }) }
  const ingress = value('LoadBalancer Ingress')
    ?.split(/[,\s]+/)
    .filter((word) => /^[\d.]+$/.test(word))
  const shown = ports.flatMap(({ endpoints }) => endpoints)
  return {
    service: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        ...(value('Type') && { type: value('Type') }),
        ...(ips[0] && { clusterIP: ips[0], clusterIPs: ips }),
        ...(value('Selector') && { selector: pairsOf(value('Selector') as string) }),
        ...(value('External Traffic Policy') && { externalTrafficPolicy: value('External Traffic Policy') }),
        ports: ports.map(({ endpoints: _, ...port }) => port),
      },
      ...(ingress && { status: { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } } }),
    },
    endpoints: {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      subsets: ports.flatMap(({ endpoints, name: portName, protocol }) =>
        endpoints.flatMap((one) => {
          const [, ip, port] = /^([\d.]+|[0-9a-f:]+|\[[0-9a-f:]+\]):(\d+)$/.exec(one) ?? []
          return ip === undefined
            ? []
            : [
                {
                  addresses: [{ ip: ip.replace(/[[\]]/g, '') }],
                  ports: [{ ...(portName !== undefined && { name: portName }), port: Number(port), protocol }],
                },
              ]
        }),
      ),
    },
    all: !shown.some((one) => /^\+|more|\.\.\./.test(one)) && pairs.some(({ key }) => key === 'Endpoints'),
  }
}

interface Port {
  readonly name?: string
  readonly port: number
  readonly protocol: string
  readonly targetPort?: number | string
  readonly nodePort?: number
  readonly endpoints: readonly string[]
}

function portsOf(pairs: readonly Pair[]): readonly Port[] {
  const ports: Port[] = []
  for (const { key, value } of pairs) {
    const [, name, port, protocol] = key === 'Port' ? (/^(?:(\S+)\s+)?(\d+)\/(\w+)/.exec(value) ?? []) : []
    if (port !== undefined)
      ports.push({ ...(name && name !== '<unset>' && { name }), port: Number(port), protocol: protocol ?? 'TCP', endpoints: [] })
    const last = ports.at(-1)
    if (!last) continue
    const [first] = value.split('/')
    if (key === 'TargetPort' && first) ports[ports.length - 1] = { ...last, targetPort: /^\d+$/.test(first) ? Number(first) : first }
    const node = key === 'NodePort' ? /(\d+)\/\w+$/.exec(value)?.[1] : undefined
    if (node !== undefined) ports[ports.length - 1] = { ...last, nodePort: Number(node) }
    if (key === 'Endpoints')
      ports[ports.length - 1] = { ...last, endpoints: value.split(/,\s*|\s+(?=\+)/).filter((one) => !/^(?:<none>)?$/.test(one)) }
  }
  return ports
}

/** `app=web,tier=front` */
export const pairsOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const at = pair.indexOf('=')
      return at > 0 ? [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const] : []
    }),
  )
