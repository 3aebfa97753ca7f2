import { because, type Check, type Examined, missing, seen, together } from '../check.ts'
import { type HostView, statesOf } from '../scene.ts'
import { ownName } from './names.ts'

export const hostName: Check = {
  id: 'host-name',
  holds: 'the host has the name that its Node was registered with',
  why: 'kubelet registers a second Node, the first turns NotReady, and its pods are started anew elsewhere',
  evidence: ['hosts/HOST/hostname.txt', 'hosts/HOST/files/etc/hostname', 'cluster/nodes.json'],
  causes: ['host.name-changed'],
  runbook: 'restore-host-name',
  run: (scene) =>
    together(
      [...scene.hosts.values()].flatMap((host): readonly Examined[] => {
        const { node } = host
        if (!node) return []
        const own = ownName(host)
        if (!own) return [missing(`${host.folder}/hostname.txt`)]
        if (own.name === node.name || overridden(host) === node.name) return [seen()]
        return [
          seen({
            severity: 'error',
            cause: 'host.name-changed',
            host: host.name,
            object: `Node ${node.name}`,
            text: `the host calls itself ${own.name}, and is registered as Node ${node.name}`,
            because: [because(`host name ${own.name}`, own.source), because(`Node ${node.name}`, node.source)],
          }),
        ]
      }),
    ),
}

/** kubelet --hostname-override, k3s --node-name. */
function overridden(host: HostView): string | undefined {
  const args = statesOf(host, 'processes').flatMap(({ processes }) =>
    processes.filter(({ command }) => /kubelet|k3s|rke2/.test(command)).flatMap((process) => process.args),
  )
  for (const [i, arg] of args.entries()) {
    const found = /^--(?:hostname-override|node-name)(?:=(.+))?$/.exec(arg)
    if (found) return found[1] ?? args[i + 1]
  }
  return undefined
}
