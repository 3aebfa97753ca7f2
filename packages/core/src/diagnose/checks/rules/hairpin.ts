import { because, type Check, type Examined, missing, seen, together } from '../check.ts'
import { capturedHosts } from '../scene.ts'
import { chainNames } from './chains.ts'

export const hairpin: Check = {
  id: 'hairpin',
  holds: 'a bridge of pods sends a packet back to the port that it came from',
  why: 'a pod that asks its own Service and is sent to itself gets no answer',
  evidence: ['hosts/HOST/bridge-link.json', 'hosts/HOST/ip-link.json'],
  causes: ['nat.hairpin'],
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, folder }): readonly Examined[] => {
        if (!chainNames(root, 'nat').has('KUBE-SERVICES')) return []
        return [...root.portsOf].flatMap(([bridge, ports]): readonly Examined[] => {
          const link = root.links.get(bridge)
          if (!/^(?:cni\d+|cbr0|kube-bridge)$/.test(bridge) || !link) return []
          const known = ports.filter(({ port }) => port !== undefined)
          const [first] = known
          if (!first) return [missing(`${folder}/bridge-link.json`)]
          // The bridge itself in promiscuous mode does the same (promiscuous-bridge).
          if (link.promiscuous || known.some(({ port }) => port?.hairpin)) return [seen()]
          return [
            seen({
              severity: 'warning',
              cause: 'nat.hairpin',
              host: name,
              object: bridge,
              text: `no port of ${bridge} has hairpin mode on, and the bridge is not promiscuous: a pod that its own Service sends to itself gets no answer`,
              because: [because(`${first.name}: hairpin off`, first.source)],
            }),
          ]
        })
      }),
    ),
}
