import { type Command, type Executor, type Ran, ran } from '../exec/executor.ts'
import { podExecutor } from '../exec/pod.ts'

/** A node, and the containers on it that see its network as it does: privileged, in the host's namespace. */
export interface NodeAgents {
  readonly node: string
  readonly agents: readonly { readonly namespace: string; readonly pod: string; readonly container: string }[]
}

interface Container {
  readonly name?: string
  readonly securityContext?: { readonly privileged?: boolean }
}
interface Pod {
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean; readonly containers?: readonly Container[] }
  readonly status?: { readonly phase?: string }
}

/** Images that carry `ip`, `iptables` and `ipset`, best first. */
const PREFERRED = [/calico-node/, /cilium/, /antrea/, /kube-router/, /weave/, /flannel/, /kube-proxy/]

/** Finds in the API's pods (`kubectl get pods -A -o json`) through which each node can be looked at without starting anything. */
export function nodeAgents(pods: { readonly items?: readonly Pod[] }): readonly NodeAgents[] {
  const byNode = new Map<string, NodeAgents['agents'][number][]>()
  for (const { metadata, spec, status } of pods.items ?? []) {
    if (!spec?.hostNetwork || !spec.nodeName || status?.phase !== 'Running' || !metadata?.name || !metadata.namespace) continue
    for (const { name, securityContext } of spec.containers ?? []) {
      if (!securityContext?.privileged || !name) continue
      const agents = byNode.get(spec.nodeName) ?? []
      agents.push({ namespace: metadata.namespace, pod: metadata.name, container: name })
      byNode.set(spec.nodeName, agents)
    }
  }
  const rank = ({ pod }: { readonly pod: string }): number =>
    PREFERRED.findIndex((pattern) => pattern.test(pod)) + 1 || PREFERRED.length + 1
  return [...byNode].map(([node, agents]) => ({ node, agents: agents.sort((a, b) => rank(a) - rank(b)).slice(0, 4) }))
}

/** Runs each command in the first of a node's agents that has the program. */
export function nodeExecutor(inner: Executor, { node, agents }: NodeAgents, context: string | undefined): Executor {
  const executors = agents.map((agent) => podExecutor(inner, { ...agent, context }))
  return {
    name: node,
    async run(command: Command): Promise<Ran> {
      // The container has a name of its own where it has a UTS namespace.
      if (command.argv.join(' ') === 'uname -n') return ran('exited', { code: 0, bytes: Buffer.from(`${node}\n`) })
      let last = ran('unreachable', { stderr: 'no privileged pod in the host network runs on this node' })
      for (const executor of executors) {
        last = await executor.run(command)
        if (last.end !== 'not-found' && last.end !== 'unreachable') return last
      }
      return last
    },
    close: async () => undefined,
  }
}
