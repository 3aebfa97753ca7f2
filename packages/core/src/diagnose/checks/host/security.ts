import { because, type Check, seen, together } from '../check.ts'
import { statesOf } from '../scene.ts'

export const securityModules: Check = {
  id: 'security-modules',
  holds: 'SELinux and AppArmor deny containers and network daemons nothing, and will not after the next start',
  why: 'containers do not start, daemons cannot write their files',
  evidence: ['hosts/HOST/getenforce.txt', 'hosts/HOST/sestatus.txt', 'hosts/HOST/files/etc/selinux/config'],
  causes: ['host.selinux'],
  runbook: 'selinux-permissive',
  run: (scene) =>
    together(
      [...scene.hosts.values()].flatMap((host) => {
        const states = statesOf(host, 'selinux')
        const now = states.find((state) => state.now !== undefined)
        const configured = states.find((state) => state.configured !== undefined)
        if (!now && !configured) return []
        const denials = scene.matches.filter(
          (match) => match.signature.cause === 'host.selinux' && (match.host === undefined || match.host === host.name),
        )
        const found = (severity: 'error' | 'warning', text: string, source: (typeof states)[number]['source'], more = denials) =>
          seen({
            severity,
            cause: 'host.selinux' as const,
            host: host.name,
            object: 'SELinux',
            text,
            because: [because(text, source), ...more.map((match) => because(match.text, match.source))],
          })
        if (now?.now === 'enforcing')
          return denials.length > 0
            ? [found('error', `SELinux is enforcing on ${host.name}, and has denied something`, now.source)]
            : [found('warning', `SELinux is enforcing on ${host.name}`, now.source)]
        if (configured?.configured === 'enforcing')
          return [found('warning', `SELinux will be enforcing after the next start of ${host.name}`, configured.source, [])]
        return [seen()]
      }),
    ),
}
