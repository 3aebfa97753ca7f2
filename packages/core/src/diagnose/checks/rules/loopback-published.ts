import { because, type Check, type Examined, type Found, missing, seen, together } from '../check.ts'
import { containerBridges } from '../host/forwards.ts'
import { capturedHosts, sysctlSource } from '../scene.ts'
import { jumpsTo, ruleBecause, rulesOf } from './chains.ts'

export const loopbackPublished: Check = {
  id: 'loopback-published',
  holds: 'where published ports are translated for 127.0.0.1 too, the kernel may route loopback addresses',
  why: 'the published port works from everywhere but from the host itself, as localhost',
  evidence: ['hosts/HOST/iptables-save.txt', 'hosts/HOST/sysctl.txt'],
  causes: ['nat.loopback'],
  runbook: 'set-sysctl',
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, folder }): readonly Examined[] => {
        // With the userland proxy Docker leaves 127.0.0.0/8 out.
        const jump = [...rulesOf(root, 'nat')].find(({ rule }) => rule.chain === 'OUTPUT' && jumpsTo(rule) === 'DOCKER')
        const published = [...rulesOf(root, 'nat')].some(({ rule }) => rule.chain === 'DOCKER' && rule.target?.kind === 'DNAT')
        if (!jump || !published || jump.rule.header.destination !== undefined) return []
        const bridges = containerBridges(root).filter(({ name: bridge }) => /^(?:docker|br-)/.test(bridge) && root.addressesOf.has(bridge))
        if (!root.sysctls.known) return [missing(`${folder}/sysctl.txt`)]
        return [
          seen(
            ...bridges.flatMap(({ name: bridge }): readonly Found[] => {
              const key = `net.ipv4.conf.${bridge}.route_localnet`
              const own = root.sysctls.device('ip', bridge, 'route_localnet')
              if (own !== 0 || root.sysctls.device('ip', 'all', 'route_localnet') === 1) return []
              return [
                {
                  severity: 'error',
                  cause: 'nat.loopback',
                  host: name,
                  object: key,
                  text: `packets to 127.0.0.1 are translated to containers of ${bridge}, and ${key} is 0: they are dropped as martians`,
                  because: [because(`${key} = 0`, sysctlSource(root, key)), ruleBecause(jump)],
                },
              ]
            }),
          ),
        ]
      }),
    ),
}
