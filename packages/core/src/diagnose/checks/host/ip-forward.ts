import type { Namespace } from '../../../model/namespace.ts'
import { because, type Check, type Found, missing, seen, together } from '../check.ts'
import { capturedHosts, sysctlSource } from '../scene.ts'
import { forwardingDevices } from './forwards.ts'

export const ipForward: Check = {
  id: 'ip-forward',
  holds: 'a host of containers or pods forwards packets',
  why: 'containers and pods reach nobody beyond their own bridge',
  evidence: ['hosts/HOST/sysctl.txt', 'hosts/HOST/ip-link.json'],
  causes: ['host.forwarding-off'],
  runbook: 'set-sysctl',
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, folder }) => {
        const devices = forwardingDevices(root)
        if (devices.length === 0) return []
        const whole = root.sysctls.get('net.ipv4.ip_forward')
        if (whole === undefined) return [missing(`${folder}/sysctl.txt`)]
        if (whole === 0)
          return [
            seen({
              severity: 'error',
              cause: 'host.forwarding-off',
              host: name,
              object: 'net.ipv4.ip_forward',
              text: `${name} does not forward, and has ${devices
                .map((link) => link.name)
                .slice(0, 3)
                .join(', ')}`,
              because: [because('net.ipv4.ip_forward = 0', sysctlSource(root, 'net.ipv4.ip_forward'))],
            }),
          ]
        return [seen(...devices.map((link) => single(name, root, link.name)))]
      }),
    ),
}

/** One interface may be set apart from the rest. */
function single(host: string, root: Namespace, device: string): Found | undefined {
  if (root.sysctls.device('ip', device, 'forwarding') !== 0) return undefined
  const key = `net.ipv4.conf.${device.replaceAll('.', '/')}.forwarding`
  return {
    severity: 'error',
    cause: 'host.forwarding-off',
    host,
    object: key,
    text: `packets that come in by ${device} are not forwarded`,
    because: [because(`${key} = 0`, sysctlSource(root, key))],
  }
}
