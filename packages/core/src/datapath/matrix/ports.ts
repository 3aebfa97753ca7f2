import type { Namespace } from '../../model/namespace.ts'
import { isLoopback } from '../../net/special.ts'

export interface AskedPort {
  readonly port: number
  readonly protocol: string
}

/** `:80/tcp`; '' where no port is asked for. */
export const portText = (port: AskedPort | undefined): string => (port ? `:${port.port}/${port.protocol}` : '')

/** So many ports of one namespace are asked for; more would drown the rest. */
const MOST = 4

/** Ports that programs of a namespace serve to others. */
export function listenedPorts(namespace: Namespace): readonly AskedPort[] {
  const found = new Map<string, AskedPort>()
  for (const { protocol, state, address, port } of namespace.sockets ?? []) {
    const listens =
      protocol === 'tcp' ? state === 'LISTEN' : (protocol === 'udp' || protocol === 'sctp') && (state === 'UNCONN' || state === 'LISTEN')
    if (!listens || (address !== undefined && isLoopback(address))) continue
    found.set(portText({ port, protocol }), { port, protocol })
  }
  return [...found.values()].sort((a, b) => a.port - b.port).slice(0, MOST)
}
