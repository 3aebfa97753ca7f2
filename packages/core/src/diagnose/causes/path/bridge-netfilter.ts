import { namespaceIn } from '../../../model/model.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'
import { accuse, quoted } from '../suspect.ts'

/**
 * A translated packet's answer crosses the bridge from one pod to the other, and with bridge-nf-call-iptables off conntrack does not see it
 * (br_netfilter_hooks.c): it arrives with the backend's address, which the sender does not know.
 */
export const BRIDGE_NETFILTER: Cause = {
  id: 'host.bridge-netfilter',
  suspects: (scene) => [...scene.blames.flatMap((blame) => filtered(scene, blame) ?? []), ...untracked(scene)],
}

function untracked(scene: Scene): readonly Suspect[] {
  return scene.blames.flatMap((blame) => {
    const { part, outcome, kind } = blame
    if (kind !== 'wrong-answer' || !part.steps.some((step) => step.kind === 'bridge')) return []
    const bridge = part.steps.find((step) => step.kind === 'bridge')
    const namespace = bridge && namespaceIn(scene.model, bridge)
    const name = outcome.packet.family === 'ip6' ? 'net.bridge.bridge-nf-call-ip6tables' : 'net.bridge.bridge-nf-call-iptables'
    if (!bridge || !namespace || namespace.sysctls.get(name) === 1) return []
    const spot = { host: bridge.host, netns: '' }
    return [
      accuse('host.bridge-netfilter', blame, {
        where: { ...spot, object: name },
        because: [
          {
            text: `the answer crosses the bridge without being translated back: the sender gets it from ${formatAddress(part.packet.src)} and not from whom it asked`,
            source: bridge.evidence,
          },
          { text: `${name} is not 1` },
        ],
        likelihood: 0.95,
        without: [{ kind: 'sysctl', at: spot, name, value: '1' }],
      }),
    ]
  })
}

/** Bridges whose own program has rules for what crosses them. */
const GUARDED = /^(docker\d+|docker_gwbridge|br-[0-9a-f]{12}|cni\d+|cbr\d+|cni-podman\d+|podman\d+|nerdctl\d+)$/

/** A frame that stays on one bridge falls under FORWARD's policy, which was meant for what is routed: br_nf_forward_ip(). */
function filtered(scene: Scene, blame: Blame): Suspect | undefined {
  const { step, part } = blame
  if (blame.kind !== 'stopped' || step?.hook !== 'FORWARD' || step.kind !== 'policy') return undefined
  const here = part.steps.filter(({ host, netns }) => host === step.host && netns === step.netns)
  const bridge = here.findLast(({ kind }) => kind === 'bridge')
  if (!bridge || here.some(({ kind }) => kind === 'route')) return undefined
  const namespace = namespaceIn(scene.model, step)
  const device = [...(namespace?.portsOf.keys() ?? [])].find((name) =>
    new RegExp(`\\b${name.replaceAll(/[^\w]/g, '.')}\\b`).test(bridge.text),
  )
  if (device !== undefined && GUARDED.test(device)) return undefined
  const name = part.packet.family === 'ip6' ? 'net.bridge.bridge-nf-call-ip6tables' : 'net.bridge.bridge-nf-call-iptables'
  const spot = { host: step.host, netns: '' }
  return accuse('host.bridge-netfilter', blame, {
    where: { ...spot, object: name },
    because: [
      { text: 'the frame stays on one bridge, and passes iptables since bridged traffic is handed to it', source: bridge.evidence },
      quoted('and no rule there knows it', step),
    ],
    likelihood: 0.96,
    without: [{ kind: 'sysctl', at: spot, name, value: '0' }],
  })
}
