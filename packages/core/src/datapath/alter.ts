import type { ConntrackChange } from '../netfilter/action.ts'
import type { ConntrackState } from '../netfilter/scene.ts'
import { type Connection, isConnection } from './connection.ts'
import type { HookScene } from './hook-scene.ts'

/** CONNMARK, `ct mark set`, connlabel: the entry changes for every packet of the connection. */
export function alterConnection(conntrack: ConntrackState, change: ConntrackChange | undefined): ConntrackState {
  if (!change || !isConnection(conntrack)) return conntrack
  const next: Connection = {
    ...conntrack,
    mark: change.mark === undefined ? conntrack.mark : change.mark >>> 0,
    labels: change.labels ?? conntrack.labels,
    helper: change.helper ?? conntrack.helper,
  }
  return next
}

/** CT --notrack: only a packet that conntrack has not seen yet can be left untracked. */
export function untrack(scene: HookScene): HookScene {
  return scene.conntrack === 'none' ? scene.with(scene.packet, 'untracked') : scene
}
