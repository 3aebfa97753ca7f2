import { PROTOCOL } from '../../../net/packet.ts'
import type { Observation } from '../../observations/observation.ts'
import type { Scene } from '../../scene.ts'
import { aimsOf } from '../aim.ts'
import type { Cause, Suspect } from '../cause.ts'

/** VXLAN (Linux's and IANA's port), Geneve, WireGuard (flannel's, Calico's and Cilium's). */
const TUNNEL_PORTS: ReadonlySet<number> = new Set([8472, 4789, 6081, 51820, 51821, 51871])

type Logged = Extract<Observation, { readonly kind: 'log' }>

/** A firewall's log says that it refused the packets of an overlay's tunnel. */
export const blockedTunnel: Cause = {
  id: 'overlay.blocked',
  suspects: (scene) => {
    const refused = scene.observations.filter((one): one is Logged & { readonly id: string } => one.kind === 'log' && isRefusedTunnel(one))
    const [first] = refused
    return first ? [suspect(scene, first, refused.length)] : []
  },
}

const isRefusedTunnel = ({ flow, text }: Logged): boolean =>
  flow !== undefined &&
  (flow.protocol === PROTOCOL.ipip || (flow.protocol === PROTOCOL.udp && TUNNEL_PORTS.has(flow.dport))) &&
  /\b(?:BLOCK|BLOCKED|DROP|DROPPED|REJECT|REJECTED|DENY|DENIED|DPT_DROP)\b|_(?:DROP|REJECT)\b/i.test(text)

const suspect = (scene: Scene, first: Logged & { readonly id: string }, count: number): Suspect => ({
  cause: 'overlay.blocked',
  where: { host: first.host ?? '', object: `the tunnel's port ${first.flow?.dport ?? ''}`, source: first.source },
  because: [
    {
      text: `the firewall's log has ${count > 1 ? `${count} lines of` : ''} a tunnel's packets that it refused: ${first.text}`,
      source: first.source,
      observation: first.id,
    },
  ],
  against: [],
  likelihood: 0.92,
  explains: [first.id, ...aimsOf(scene).flatMap(({ symptom }) => symptom.observation ?? [])],
})
