import type { Action, ConntrackChange } from '../netfilter/action.ts'
import type { ConntrackState } from '../netfilter/scene.ts'
import { changeConnection, isConnection } from './connection.ts'
import type { HookScene } from './hook-scene.ts'
import { zoneOf } from './zone.ts'

/** CONNMARK, `ct mark set`, connlabel: the entry changes for every packet of the connection. */
export function alterConnection(conntrack: ConntrackState, change: ConntrackChange | undefined): ConntrackState {
  if (!change || !isConnection(conntrack)) return conntrack
  return changeConnection(conntrack, {
    mark: change.mark === undefined ? conntrack.mark : change.mark >>> 0,
    labels: change.labels ?? conntrack.labels,
    helper: change.helper ?? conntrack.helper,
  })
}

/** What a rule changed: the packet, its connection, or the template by which conntrack will look it up (nf_ct_zone_tmpl). */
export function alterScene(scene: HookScene, change: Extract<Action, { kind: 'alter' }>): HookScene {
  const packet = change.packet ?? scene.packet
  const zone = change.conntrack?.zone
  // xt_CT leaves alone what has been seen or left untracked; nft's `ct zone set` only what has a connection.
  if (zone && typeof scene.conntrack === 'string' && (scene.conntrack === 'none' || change.conntrack?.always))
    return scene.with(packet, 'template', zoneOf(zone))
  return scene.with(packet, alterConnection(scene.conntrack, change.conntrack))
}

/** NOTRACK: a packet without a connection, new or invalid, is left untracked. */
export function untrack(scene: HookScene): HookScene {
  return scene.conntrack === 'none' || scene.conntrack === 'invalid' ? scene.with(scene.packet, 'untracked') : scene
}
