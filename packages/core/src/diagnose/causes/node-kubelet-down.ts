import type { Cause } from './cause.ts'
import { lacksNetwork, towardsNode, unreadyNodes } from './node-states.ts'
import { relevance } from './relevance.ts'
import { quote, suspected, told } from './state.ts'

/** kubelet or its runtime does not run, or fails: the API calls the node NotReady. */
export const nodeKubeletDown: Cause = {
  id: 'node.kubelet-down',
  suspects: (scene) =>
    unreadyNodes(scene)
      .filter((state) => !lacksNetwork(state))
      .map(({ node, reason, message, source }) =>
        suspected(
          'node.kubelet-down',
          relevance(scene, (aim) => towardsNode(scene, aim, node)),
          {
            where: { host: node.name, object: `Node ${node.name}`, source },
            because: [told(`Node ${node.name} is not ready${reason ? ` (${reason})` : ''}${message ? `: ${quote(message)}` : ''}`, source)],
            likelihood: reason === '' ? 0.7 : 0.9,
          },
        ),
      ),
}
