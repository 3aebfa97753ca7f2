import { type Listener, listenerFor } from '../../datapath/sockets.ts'
import type { Outcome } from '../../datapath/trace.ts'
import type { Namespace } from '../../model/namespace.ts'
import { formatAddress } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import type { Scene, Symptom } from '../scene.ts'
import type { Because } from './cause.ts'

/** A packet that arrived where nothing takes it. */
export interface Refused {
  readonly symptom: Symptom
  readonly outcome: Outcome
  readonly namespace: Namespace
  readonly listener: Extract<Listener, { readonly kind: 'nobody' }>
  readonly protocol: 'tcp' | 'udp'
}

/** The failing connections that the model delivers to a namespace in which no socket takes them. */
export function refusedOf(scene: Scene): readonly Refused[] {
  return scene.symptoms.flatMap((symptom) =>
    symptom.outcomes.flatMap((outcome) => {
      if (outcome.verdict !== 'delivered' || outcome.connection !== 'refused') return []
      const { host, netns } = outcome.at
      const namespace = scene.model.byId.get(netns ? `${host}/${netns}` : host)
      const { protocol } = outcome.packet
      if (!namespace || (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp)) return []
      const listener = listenerFor(namespace, outcome.packet, outcome.at.interface)
      if (listener.kind !== 'nobody') return []
      return [{ symptom, outcome, namespace, listener, protocol: protocol === PROTOCOL.tcp ? ('tcp' as const) : ('udp' as const) }]
    }),
  )
}

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

export const portText = ({ namespace, outcome, protocol }: Refused): string =>
  `port ${outcome.packet.dport}/${protocol} of ${namespace.name ? `namespace ${namespace.name} on ${namespace.host}` : `host ${namespace.host}`}`

/** A refusal at once fits; silence does not. */
export function fit({ symptom }: Refused): { readonly factor: number; readonly against: readonly Because[] } {
  switch (symptom.result) {
    case undefined:
    case 'refused':
    case 'reset':
      return { factor: 1, against: [] }
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

/** `Packets for 10.244.1.7:80 reach …`. */
export const arrives = (refused: Refused): string => {
  const { packet } = refused.outcome
  return `on the model the packet for ${formatAddress(packet.dst)} arrives at ${portText(refused)}`
}
