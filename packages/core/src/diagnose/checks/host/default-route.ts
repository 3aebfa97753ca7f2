import type { Namespace } from '../../../model/namespace.ts'
import { because, type Check, missing, seen, together } from '../check.ts'
import { rolesOf } from '../control-plane/roles.ts'
import { type CheckScene, capturedHosts } from '../scene.ts'

export const defaultRoute: Check = {
  id: 'default-route',
  holds: 'the host has a default route',
  why: 'deployment tools find no address of the host, cluster IPs cannot be reached from it, and nothing beyond its networks',
  evidence: ['hosts/HOST/ip-route.json'],
  causes: ['route.missing-default'],
  runbook: 'add-default-route',
  run: (scene) =>
    together(
      capturedHosts(scene).map(({ name, root, folder }) => {
        if (!root.evidence.has('ip-route') || root.fib.ip.routes.length === 0) return missing(`${folder}/ip-route.json`)
        const found = root.fib.ip.routes.some(({ destination, type }) => destination.length === 0 && type === 'unicast')
        // Two halves of everything do the same (VPNs): 0.0.0.0/1 and 128.0.0.0/1.
        const halves = root.fib.ip.routes.filter(({ destination, type }) => destination.length === 1 && type === 'unicast').length >= 2
        if (found || halves) return seen()
        const [first] = root.fib.ip.routes
        return seen({
          severity: isNeeded(scene, name, root) ? 'error' : 'warning',
          cause: 'route.missing-default',
          host: name,
          object: 'default',
          text: `${name} has no default route`,
          because: [
            because(
              `${root.fib.ip.routes.filter(({ type }) => type === 'unicast').length} routes, none of them the default`,
              first?.source,
            ),
          ],
        })
      }),
    ),
}

/**
 * A cluster's host cannot do without; nor can one where a tool has said so. Of a host of which nothing else was asked it is what is asked.
 * Any other may be meant to reach its own networks only.
 */
function isNeeded(scene: CheckScene, host: string, { evidence }: Namespace): boolean {
  return (
    rolesOf(scene, host).size > 0 ||
    scene.matches.some(({ signature }) => signature.cause === 'route.missing-default') ||
    [...evidence].every((kind) => kind === 'ip-route' || kind === 'ip-rule')
  )
}
