import type { Address, Family } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import type { Unknown } from '../netfilter/decision.ts'
import type { ConntrackState, FibOracle, Hook, Scene, SetOracle } from '../netfilter/scene.ts'
import type { Machine } from './machine.ts'
import { listenerFor } from './sockets.ts'
import type { Zone } from './zone.ts'

/** A hook, and the devices that it is called with. */
export interface HookPoint {
  readonly hook: Hook
  readonly iif: string
  readonly oif: string
  readonly physIn: string
  readonly physOut: string
  readonly bridged: boolean
  readonly nextHop?: Address | undefined
}

/** Where a packet stands when rules look at it (struct nf_hook_state beside the skb). Immutable; `with` makes the next one. */
export class HookScene implements Scene {
  readonly machine: Machine
  readonly packet: Packet
  readonly conntrack: ConntrackState
  /** Zone that a CT rule in raw gave (the template's). */
  readonly zone: Zone
  readonly #at: HookPoint

  constructor(machine: Machine, packet: Packet, at: HookPoint, conntrack: ConntrackState, zone: Zone) {
    this.machine = machine
    this.packet = packet
    this.#at = at
    this.conntrack = conntrack
    this.zone = zone
  }

  get hook(): Hook {
    return this.#at.hook
  }
  get iif(): string {
    return this.#at.iif
  }
  get oif(): string {
    return this.#at.oif
  }
  get physIn(): string {
    return this.#at.physIn
  }
  get physOut(): string {
    return this.#at.physOut
  }
  get bridged(): boolean {
    return this.#at.bridged
  }
  /** Next hop of the packet's route, where it has one (rt_nexthop): MASQUERADE chooses by it. */
  get nextHop(): Address | undefined {
    return this.#at.nextHop
  }

  get family(): Family {
    return this.packet.family
  }

  get fib(): FibOracle {
    return this.machine.fib
  }

  get ipsets(): SetOracle {
    return this.machine.sets
  }

  with(packet: Packet, conntrack: ConntrackState, zone = this.zone): HookScene {
    return new HookScene(this.machine, packet, this.#at, conntrack, zone)
  }

  interface(name: string): { readonly index: number; readonly group: number; readonly type: string; readonly kind: string } | undefined {
    const link = this.machine.namespace.links.get(name)
    if (!link) return undefined
    const group = link.group === undefined || link.group === 'default' ? 0 : Number(link.group)
    return { index: link.index, group: Number.isNaN(group) ? 0 : group, type: link.linkType ?? 'ether', kind: link.type ?? '' }
  }

  socket(packet: Packet): { readonly transparent: boolean; readonly wildcard: boolean; readonly mark: number } | undefined | Unknown {
    const listener = listenerFor(this.machine.namespace, packet, this.iif)
    if (listener.kind === 'unknown') return listener
    return listener.kind === 'listens' ? { transparent: false, wildcard: listener.socket.address === undefined, mark: 0 } : undefined
  }
}
