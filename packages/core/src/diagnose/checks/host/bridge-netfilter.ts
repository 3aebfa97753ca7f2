import type { Namespace } from '../../../model/namespace.ts'
import { because, type Check, missing, seen, together } from '../check.ts'
import { chainNames } from '../rules/chains.ts'
import { capturedHosts, sysctlSource } from '../scene.ts'

const KEY = 'net.bridge.bridge-nf-call-iptables'

export const bridgeNetfilter: Check = {
  id: 'bridge-netfilter',
  holds: 'where pods hang on a bridge, bridged packets pass iptables',
  why: 'a Service whose endpoint is on the same node as its client fails: the answer goes past the rule that would translate it back',
  evidence: ['hosts/HOST/sysctl.txt', 'hosts/HOST/iptables-save.txt', 'hosts/HOST/ip-link.json'],
  causes: ['host.bridge-netfilter'],
  runbook: 'set-sysctl',
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, folder }) => {
        const bridge = podBridge(root)
        if (!bridge || !chainNames(root, 'nat').has('KUBE-SERVICES')) return []
        const value = root.sysctls.get(KEY)
        if (value === 1) return [seen()]
        // A whole `sysctl -a` without the key shows that br_netfilter is not loaded.
        const whole = [...root.sysctls.all()].length > 50
        if (value === undefined && !whole) return [missing(`${folder}/sysctl.txt`)]
        return [
          seen({
            severity: 'error',
            cause: 'host.bridge-netfilter',
            host: name,
            object: KEY,
            text: `packets between ports of ${bridge} do not pass iptables${value === undefined ? ' (br_netfilter is not loaded)' : ''}, and kube-proxy’s rules are needed for Services of the same node`,
            because: [
              because(
                value === undefined ? `no ${KEY} among the kernel’s settings` : `${KEY} = ${value}`,
                sysctlSource(root, KEY) ?? { file: root.sysctls.file ?? '', line: 1 },
              ),
            ],
          }),
        ]
      }),
    ),
}

/** A bridge of pods, not of Docker: pods ask Services. */
function podBridge({ links }: Namespace): string | undefined {
  return [...links.values()].find(({ name }) => /^(?:cni\d+|cbr0|kube-bridge)$/.test(name))?.name
}
