import { formatAddress } from '../../../net/address.ts'
import type { Cause } from '../cause.ts'
import { accuse } from '../suspect.ts'

/**
 * A translated packet's answer crosses the bridge from one pod to the other, and with bridge-nf-call-iptables off conntrack does not see it
 * (br_netfilter_hooks.c): it arrives with the backend's address, which the sender does not know.
 */
export const BRIDGE_NETFILTER: Cause = {
  id: 'host.bridge-netfilter',
  suspects: (scene) =>
    scene.blames.flatMap((blame) => {
      const { part, outcome, kind } = blame
      if (kind !== 'wrong-answer' || !part.steps.some((step) => step.kind === 'bridge')) return []
      const bridge = part.steps.find((step) => step.kind === 'bridge')
      const namespace = bridge && scene.model.byId.get(bridge.netns ? `${bridge.host}/${bridge.netns}` : bridge.host)
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
    }),
}
