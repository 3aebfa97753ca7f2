import { because, type Check, type Found, seen, together } from '../check.ts'
import { capturedHosts, contentsOf, hostPath, sysctlSource } from '../scene.ts'
import { forwardingDevices } from './forwards.ts'

/** Settings that the network of containers and pods needs, and what each is then. */
const NEEDED: readonly (readonly [key: string, value: string, cause: Found['cause']])[] = [
  ['net.ipv4.ip_forward', '1', 'host.forwarding-off'],
  ['net.ipv4.conf.all.forwarding', '1', 'host.forwarding-off'],
  ['net.bridge.bridge-nf-call-iptables', '1', 'host.bridge-netfilter'],
]

export const savedSettings: Check = {
  id: 'saved-settings',
  holds: 'the settings under /etc/sysctl.d do not undo after the next start what the network needs',
  why: 'it works until the host is started anew, or `sysctl --system` is run',
  evidence: ['hosts/HOST/files/etc/sysctl.conf', 'hosts/HOST/files/etc/sysctl.d/', 'hosts/HOST/sysctl.txt'],
  causes: ['host.forwarding-off', 'host.bridge-netfilter'],
  run: (scene) =>
    together(
      capturedHosts(scene).flatMap(({ name, root, documents }) => {
        const files = contentsOf(documents, 'sysctl').filter(({ document }) =>
          /^\/(?:etc|usr\/lib)\/sysctl/.test(hostPath(document.file) ?? ''),
        )
        if (files.length === 0 || forwardingDevices(root).length === 0) return []
        return [
          seen(
            ...NEEDED.flatMap(([key, value, cause]): readonly Found[] => {
              const setting = files
                .map(({ document, content }) => ({ file: document.file, entry: content.values.get(key) }))
                .filter(({ entry }) => entry !== undefined)
                .at(-1)
              if (!setting?.entry || setting.entry.value === value || root.sysctls.get(key) !== Number(value)) return []
              const text = `${key} is ${value} now, and ${hostPath(setting.file)} sets ${setting.entry.value}`
              return [
                {
                  severity: 'warning',
                  cause,
                  host: name,
                  object: key,
                  text,
                  because: [
                    because(`${key} = ${setting.entry.value}`, { file: setting.file, line: setting.entry.line }),
                    because(`${key} = ${value} now`, sysctlSource(root, key)),
                  ],
                },
              ]
            }),
          ),
        ]
      }),
    ),
}
