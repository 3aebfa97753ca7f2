import type { Socket } from '../../facts/network.ts'
import { familyOf, formatAddress } from '../../net/address.ts'
import { isLoopback } from '../../net/special.ts'
import type { Cause, Suspect } from './cause.ts'
import { arrives, byPort, fit, portText, type Refused, refusedOf } from './refused.ts'

/** The process listens on loopback only, on another address, or on the other address family. */
export const appLoopbackOnly: Cause = {
  id: 'app.loopback-only',
  suspects: (scene) => byPort(refusedOf(scene).filter(({ elsewhere }) => elsewhere.length > 0)).map(suspect),
}

function suspect(group: readonly [Refused, ...Refused[]]): Suspect {
  const [first] = group
  const { namespace, address, port, protocol, elsewhere } = first
  const { factor, against } = fit(first)
  return {
    cause: 'app.loopback-only',
    where: { host: namespace.host, netns: namespace.name, object: portText(first), source: elsewhere[0]?.source },
    because: [
      { text: arrives(first), observation: first.symptom.observation },
      ...elsewhere.slice(0, 3).map((socket) => ({ text: bound(socket, familyOf(address)), source: socket.source })),
    ],
    against,
    likelihood: Math.round(95 * factor) / 100,
    without: [{ kind: 'socket-added', at: { host: namespace.host, netns: namespace.name }, protocol, port }],
    explains: group.flatMap(({ symptom }) => symptom.observation ?? []),
  }
}

function bound({ address, family, process, port, device }: Socket, wanted: 'ip' | 'ip6'): string {
  const who = process === undefined ? 'a process' : process
  if (address === undefined)
    return device === undefined
      ? `${who} has the port open for ${family === 'ip' ? 'IPv4' : 'IPv6'} only`
      : `${who} listens on device ${device} only`
  if (isLoopback(address)) return `${who} listens on ${formatAddress(address)}:${port} only, which nobody outside reaches`
  return familyOf(address) === wanted
    ? `${who} listens on ${formatAddress(address)}:${port} only`
    : `${who} listens on ${formatAddress(address)}:${port}, of the other address family`
}
