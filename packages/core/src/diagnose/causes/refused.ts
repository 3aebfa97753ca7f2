import { listenerFor } from '../../datapath/sockets.ts'
import type { Outcome, Step } from '../../datapath/trace.ts'
import type { Socket } from '../../facts/network.ts'
import { namespaceIn } from '../../model/model.ts'
import type { Namespace } from '../../model/namespace.ts'
import { parsePlace } from '../../model/place.ts'
import { type Address, familyOf, formatAddress } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import type { Scene, Symptom } from '../scene.ts'
import type { Because } from './cause.ts'

/** A packet that arrived where nothing takes it. */
export interface Refused {
  readonly symptom: Symptom
  readonly namespace: Namespace
  readonly address: Address
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  /** Listeners of the same port, on other addresses. */
  readonly elsewhere: readonly Socket[]
  /** Its way on the model; none where the evidence does not suffice to trace it. */
  readonly steps: readonly Step[] | undefined
}

/** The failing connections that come to a namespace in which no socket takes them. */
export function refusedOf(scene: Scene): readonly Refused[] {
  return scene.symptoms.flatMap((symptom) => {
    const traced = symptom.outcomes.filter(({ verdict }) => verdict !== 'unknown')
    return traced.length > 0 ? traced.flatMap((outcome) => refusedOnModel(scene, symptom, outcome)) : refusedByAddress(scene, symptom)
  })
}

function refusedOnModel(scene: Scene, symptom: Symptom, outcome: Outcome): readonly Refused[] {
  if (outcome.verdict !== 'delivered' || outcome.connection !== 'refused') return []
  const { packet, steps } = outcome
  const namespace = namespaceIn(scene.model, outcome.at)
  if (!namespace || (packet.protocol !== PROTOCOL.tcp && packet.protocol !== PROTOCOL.udp)) return []
  const listener = listenerFor(namespace, packet, outcome.at.interface)
  if (listener.kind !== 'nobody') return []
  const protocol = packet.protocol === PROTOCOL.tcp ? 'tcp' : 'udp'
  return [{ symptom, namespace, address: packet.dst, port: packet.dport, protocol, elsewhere: listener.elsewhere, steps }]
}

/** Refused at once, towards an address of a machine whose sockets are known, and the way there is not. */
function refusedByAddress(scene: Scene, symptom: Symptom): readonly Refused[] {
  const to = parsePlace(symptom.request.to)
  if (symptom.result !== 'refused' || to?.place.kind !== 'address' || typeof to.port !== 'number') return []
  const { address } = to.place
  const [owner, ...others] = scene.model.owners.get(address) ?? []
  const protocol = to.protocol === 'udp' ? 'udp' : 'tcp'
  if (!owner?.namespace.sockets || others.length > 0) return []
  const { namespace } = owner
  const open = (namespace.sockets ?? []).filter(
    (socket) => socket.protocol === protocol && socket.port === to.port && (socket.state === 'LISTEN' || socket.state === 'UNCONN'),
  )
  const takes = open.some((socket) => isAny(socket, address) || socket.address === address)
  return takes ? [] : [{ symptom, namespace, address, port: to.port, protocol, elsewhere: open, steps: undefined }]
}

const isAny = ({ address, family }: Socket, wanted: Address): boolean =>
  (address === undefined || address === 0 || address === 0n) && (family === 'any' || family === familyOf(wanted))

/** Each port once, however many connections are refused there. */
export function byPort(refused: readonly Refused[]): readonly (readonly [Refused, ...Refused[]])[] {
  const groups = new Map<string, [Refused, ...Refused[]]>()
  for (const one of refused) {
    const key = portText(one)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()]
}

const placeText = ({ namespace: { name, host } }: Pick<Refused, 'namespace'>): string =>
  name ? `namespace ${name} on ${host}` : `host ${host}`

export const portText = ({ namespace, port, protocol }: Refused): string => `port ${port}/${protocol} of ${placeText({ namespace })}`

/** A refusal at once fits; silence does not. */
export function fit({ symptom, steps }: Refused): { readonly factor: number; readonly against: readonly Because[] } {
  switch (symptom.result) {
    case undefined:
    case 'refused':
    case 'reset':
      return { factor: steps ? 1 : 0.85, against: [] }
    case 'timeout':
    case 'stalls':
      return {
        factor: 0.35,
        against: [{ text: 'nothing came back, and where nothing listens the kernel refuses at once', observation: symptom.observation }],
      }
    default:
      return { factor: 0.8, against: [] }
  }
}

/** How the packet gets there. */
export const arrives = (refused: Refused): string => {
  const { address, steps } = refused
  return steps
    ? `on the model the packet for ${formatAddress(address)} arrives at ${portText(refused)}`
    : `${formatAddress(address)} is an address of ${placeText(refused)}`
}
